internal import ArgumentParser
internal import Glibc
internal import LocalSystem
internal import Model
internal import ScanEngine

/// `periplus-agent scan`: which TCP ports answer, asked from here, without a coordinator.
struct Scan: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the open TCP and UDP ports of targets without any privilege, and what listens there.",
    discussion: """
      Hosts of which nothing is heard, not even on the hundred likeliest of their ports (the hundred lowest with -r), are silent: the rest \
      of their ports stays unchecked, unless -Pn asks for it. A table shows what is open and, for each host, how many ports were in other states; machine formats have a row for \
      every endpoint, in the order in which they were settled. Ctrl-C prints what was found so far and exits with 130; \
      with --resume FILE the scan can go on later.

      -T sets how hard to probe; the options on rates, connections, waits and retries override it:
      \(TimingTemplate.explanation)
      """)

  @OptionGroup var targetOptions: TargetOptions
  @OptionGroup var unavailable: UnavailableScanOptions

  @Option(
    name: .customShort("p", allowingJoined: true),
    help: ArgumentHelp("Ports: 22,80-90, http*, sql, top-100, or - for all.", valueName: "spec"))
  var ports: String?

  @Flag(name: .customShort("F"), help: "The 100 ports found most often instead of the 1,000.")
  var fast = false

  @Option(name: .customLong("top-ports"), help: ArgumentHelp("The ports found most often, this many.", valueName: "n"))
  var topPorts: Int?

  @Option(
    name: .customLong("exclude-ports"),
    help: ArgumentHelp("Never touch these ports, not even to ask whether a host is there.", valueName: "spec"))
  var excludePorts: String?

  @Flag(name: .customLong("Pn", withSingleDash: true), help: "Probe every port of every host, silent or not.")
  var skipDiscovery = false

  @Flag(name: .customLong("sn", withSingleDash: true), help: "Only find out which hosts are there.")
  var hostsAlone = false

  @Flag(name: .customLong("sL", withSingleDash: true), help: "Only list the targets; nothing is sent to them.")
  var listAlone = false

  @Flag(name: .customLong("sT", withSingleDash: true), help: "Scan TCP ports by connecting: the default.")
  var connectScan = false

  @Flag(
    name: [.customLong("sU", withSingleDash: true), .customLong("udp")],
    help: "Scan UDP ports; with -sT TCP ports too. No answer means open or filtered.")
  var udpScan = false

  @Flag(
    name: [.customLong("sV", withSingleDash: true), .customLong("identify")],
    help: "Ask open TCP ports which service they are: product, version, TLS certificate.")
  var identifies = false

  @Flag(name: .customShort("n"), help: "Never look up names of addresses: what is done without -R anyway.")
  var numeric = false

  @Flag(name: .customShort("R"), help: "Look up the names of the hosts that are there.")
  var lookUpNames = false

  @Flag(name: .customShort("r"), help: "Ports of a host in ascending order; without, the hundred likeliest come first.")
  var ascending = false

  @OptionGroup(title: "Pace") var paceOptions: ScanPaceOptions
  @OptionGroup(title: "Output") var outputOptions: ScanOutputOptions

  @Option(
    name: .customLong("resume"),
    help: ArgumentHelp(
      "Keep a journal in this file, and go on where it ends; without targets, those of the file.", valueName: "file"))
  var resumeFile: String?

  /// On the main actor, because files, the resolver and a slow reader of the output block, which the cooperative pool must
  /// never do.
  @MainActor
  func run() async throws {
    try refuseContradictions()
    // A reader of standard output that goes away must not keep the files and the journal from being ended.
    signal(SIGPIPE, SIG_IGN)
    let services = SystemServices.load()
    if listAlone {
      return try await ListScan(scan: self, services: services).run()
    }
    let plan = try ScanPlan(self, services: services)
    let reports = try ScanReports(plan, services: services)
    try await ScanSession(plan, reports, services: services).run()
  }

  private func refuseContradictions() throws(CommandFailure) {
    try unavailable.refuse()
    if numeric, lookUpNames { throw .usage("-n and -R contradict each other; leave one out") }
    let kinds = [("-sL", listAlone), ("-sn", hostsAlone), ("-Pn", skipDiscovery)].filter(\.1).map(\.0)
    if kinds.count > 1 { throw .usage("\(kinds[0]) and \(kinds[1]) contradict each other; leave one out") }
    let namesPorts = ports != nil || fast || topPorts != nil
    if hostsAlone || listAlone, udpScan || identifies {
      throw .usage("\(kinds[0]) looks at no port; leave \(udpScan ? "-sU" : "-sV") out")
    }
    if hostsAlone || listAlone, namesPorts { throw .usage("\(kinds[0]) looks at no port; leave the ports out") }
    if listAlone, resumeFile != nil { throw .usage("-sL sends nothing, so that there is nothing to resume") }
  }
}
