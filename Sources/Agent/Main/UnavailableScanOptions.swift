internal import ArgumentParser

/// Options of the standalone contract that this version does not have yet: known, so that each is refused by its name
/// instead of as a misspelling.
struct UnavailableScanOptions: ParsableArguments {
  /// An option's name as typed and what it is for.
  private static let purposes: KeyValuePairs = [
    "-sU": "UDP scanning", "--udp": "UDP scanning", "-sn": "host discovery alone", "-sL": "listing (use targets)",
    "-sS": "scanning by raw SYN packets", "-R": "names of addresses", "-6": "resolving to IPv6 alone",
    "-v": "verbose output", "--host-timeout": "a time limit for a host", "-oX": "nmap's XML", "-oN": "nmap's text",
    "-oG": "nmap's greppable output", "-oJ": "JSON into a file (use -o json)", "--resume": "resuming a scan",
  ]

  @Flag(name: .customLong("sU", withSingleDash: true), help: .hidden) var udpScan = false
  @Flag(name: .customLong("udp"), help: .hidden) var udp = false
  @Flag(name: .customLong("sn", withSingleDash: true), help: .hidden) var discoveryOnly = false
  @Flag(name: .customLong("sL", withSingleDash: true), help: .hidden) var listOnly = false
  @Flag(name: .customLong("sS", withSingleDash: true), help: .hidden) var synScan = false
  @Flag(name: .customShort("R"), help: .hidden) var resolveNames = false
  @Flag(name: .customShort("6"), help: .hidden) var ipv6 = false
  @Flag(name: .customShort("v"), help: .hidden) var verbose = false
  @Option(name: .customLong("host-timeout"), help: .hidden) var hostTimeout: String?
  @Option(name: .customLong("oX", withSingleDash: true), help: .hidden) var xmlFile: String?
  @Option(name: .customLong("oN", withSingleDash: true), help: .hidden) var textFile: String?
  @Option(name: .customLong("oG", withSingleDash: true), help: .hidden) var greppableFile: String?
  @Option(name: .customLong("oJ", withSingleDash: true), help: .hidden) var jsonFile: String?
  @Option(name: .customLong("resume"), help: .hidden) var resumeFile: String?

  /// - Throws: `CommandFailure` naming the first option that was given.
  func refuse() throws(CommandFailure) {
    let given = [
      "-sU": udpScan, "--udp": udp, "-sn": discoveryOnly, "-sL": listOnly,
      "-sS": synScan, "-R": resolveNames, "-6": ipv6, "-v": verbose, "--host-timeout": hostTimeout != nil,
      "-oX": xmlFile != nil, "-oN": textFile != nil, "-oG": greppableFile != nil, "-oJ": jsonFile != nil,
      "--resume": resumeFile != nil,
    ]
    for (name, purpose) in Self.purposes where given[name] == true {
      throw .usage("\(name) is not available yet: \(purpose); leave it out")
    }
  }
}
