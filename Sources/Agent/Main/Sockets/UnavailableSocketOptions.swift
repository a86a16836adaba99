internal import ArgumentParser

/// What the standalone contract promises of `sockets` and this version does not have yet, and what ss and lsof have and
/// this command never will: known, so that it is refused by its name instead of as a misspelling.
struct UnavailableSocketOptions: ParsableArguments {
  @Flag(name: .customShort("x"), help: .hidden) var unix = false
  @Flag(name: .customShort("w"), help: .hidden) var raw = false
  @Flag(name: .customShort("S"), help: .hidden) var sctp = false
  @Flag(name: .customLong("udplite"), help: .hidden) var udplite = false
  @Flag(name: .customLong("watch"), help: .hidden) var watch = false
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
    let given = [
      ("-x", unix, "Unix sockets"), ("-w", raw, "raw sockets"), ("-S", sctp, "SCTP sockets"),
      ("--udplite", udplite, "UDP-Lite sockets"), ("--watch", watch, "watching"),
    ]
    for (name, isGiven, purpose) in given where isGiven {
      throw .usage("\(name) is not available yet: \(purpose); leave it out")
    }
  }
}
