internal import ArgumentParser

/// What ss and lsof have and `sockets` never will: known, so that it is refused by its name instead of as a misspelling.
struct UnavailableSocketOptions: ParsableArguments {
  @Flag(name: [.customShort("K"), .customLong("kill")], help: .hidden) var kill = false
  @Option(name: .customLong("lsof-state"), help: .hidden) var lsofState: String?

  /// - Throws: `CommandFailure` naming the first that was given.
  func refuse() throws(CommandFailure) {
    if kill { throw .usage("-K would close sockets: nothing here destroys; ss -K does") }
    if let lsofState {
      let state = lsofState.split(separator: ":").last.map { String($0).uppercased() }
      let ours = state == "LISTEN" ? "-l or state listening" : "state and a state's name, such as state established"
      throw .usage("-s \(lsofState) is lsof's way to choose states: write \(ours) (and -t for TCP)")
    }
  }
}
