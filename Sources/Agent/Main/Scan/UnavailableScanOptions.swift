internal import ArgumentParser

/// Options of the standalone contract that this version does not have yet: known, so that each is refused by its name
/// instead of as a misspelling.
struct UnavailableScanOptions: ParsableArguments {
  /// An option's name as typed and what it is for.
  private static let purposes: KeyValuePairs = ["-sS": "scanning by raw SYN packets"]

  @Flag(name: .customLong("sS", withSingleDash: true), help: .hidden) var synScan = false

  /// - Throws: `CommandFailure` naming the first option that was given.
  func refuse() throws(CommandFailure) {
    let given = ["-sS": synScan]
    for (name, purpose) in Self.purposes where given[name] == true {
      throw .usage("\(name) is not available yet: \(purpose); leave it out")
    }
  }
}
