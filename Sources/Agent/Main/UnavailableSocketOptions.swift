internal import ArgumentParser

/// What the standalone contract promises of `sockets` and this version does not have yet: known, so that it is refused by
/// its name instead of as a misspelling.
struct UnavailableSocketOptions: ParsableArguments {
  @Argument(help: .hidden) var filter: [String] = []
  @Flag(name: .customShort("x"), help: .hidden) var unix = false
  @Flag(name: .customShort("r"), help: .hidden) var resolve = false
  @Flag(name: .customShort("P"), help: .hidden) var portNumbers = false
  @Flag(name: .customShort("s"), help: .hidden) var summary = false
  @Flag(name: .customLong("watch"), help: .hidden) var watch = false
  @Option(name: .customLong("columns"), help: .hidden) var columns: String?
  @Option(name: .customShort("i", allowingJoined: true), help: .hidden) var internet: String?

  /// - Throws: `CommandFailure` naming the first that was given.
  func refuse() throws(CommandFailure) {
    let given = [
      ("-i", internet != nil, "lsof's address filter"), ("-x", unix, "Unix sockets"), ("-r", resolve, "names"),
      ("-P", portNumbers, "lsof's switch for numbers, which are shown anyway"), ("-s", summary, "a summary"),
      ("--watch", watch, "watching"), ("--columns", columns != nil, "choosing columns"),
    ]
    for (name, isGiven, purpose) in given where isGiven {
      throw .usage("\(name) is not available yet: \(purpose); leave it out")
    }
    if let word = filter.first {
      throw .usage("\"\(word)\": filters and states are not available yet; use -t, -u, -l, -a, -4 and -6")
    }
  }
}
