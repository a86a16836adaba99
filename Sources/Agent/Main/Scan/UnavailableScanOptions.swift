internal import ArgumentParser

/// Options of the standalone contract that this version does not have yet: known, so that each is refused by its name
/// instead of as a misspelling.
struct UnavailableScanOptions: ParsableArguments {
  /// An option's name as typed and what it is for.
  private static let purposes: KeyValuePairs = [
    "-sU": "UDP scanning", "--udp": "UDP scanning", "-sV": "identification of services",
    "--identify": "identification of services", "-sS": "scanning by raw SYN packets",
  ]

  @Flag(name: .customLong("sU", withSingleDash: true), help: .hidden) var udpScan = false
  @Flag(name: .customLong("udp"), help: .hidden) var udp = false
  @Flag(name: .customLong("sV", withSingleDash: true), help: .hidden) var versions = false
  @Flag(name: .customLong("identify"), help: .hidden) var identify = false
  @Flag(name: .customLong("sS", withSingleDash: true), help: .hidden) var synScan = false

  /// - Throws: `CommandFailure` naming the first option that was given.
  func refuse() throws(CommandFailure) {
    let given = ["-sU": udpScan, "--udp": udp, "-sV": versions, "--identify": identify, "-sS": synScan]
    for (name, purpose) in Self.purposes where given[name] == true {
      throw .usage("\(name) is not available yet: \(purpose); leave it out")
    }
  }
}
