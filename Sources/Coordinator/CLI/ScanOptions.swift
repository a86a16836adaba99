internal import ArgumentParser
internal import LocalSystem
internal import Model
internal import Wire

/// What is to be scanned, from where and how: the flags of `scans submit` and `schedules add`.
struct ScanOptions: ParsableArguments {
  @Argument(help: "What to scan.") var targets: [String] = []
  @Option(name: .customLong("iL", withSingleDash: true), help: "Read targets from a file, - for standard input.")
  var listFile: String?
  @Option(help: "Targets to leave out, joined by commas.") var exclude: String?
  @Option(help: "File with targets to leave out.") var excludeFile: String?
  @Option(
    name: [.customShort("p", allowingJoined: true), .customLong("ports")], parsing: .unconditional,
    help: "Ports: 22,80, 1-1024, -, http*, groups such as web; default: our top 1000.")
  var ports: String?
  @Flag(name: .customShort("F"), help: "Our top 100 ports.") var isFast = false
  @Flag(name: .customLong("sT", withSingleDash: true), help: "TCP ports, by connecting: the default.")
  var isTCP = false
  @Flag(
    name: [.customLong("sU", withSingleDash: true), .customLong("udp")],
    help: "UDP ports; with -sT TCP ports too. No answer means open or filtered.")
  var isUDP = false
  @Flag(
    name: [.customLong("sV", withSingleDash: true), .customLong("identify")],
    help: "Ask open TCP ports which service they are: product, version, TLS certificate.")
  var identifies = false
  @Flag(
    name: [.customShort("R"), .customLong("names")],
    help: "Look up what hosts that answer are called, by the agents' own resolvers: /etc/hosts, DNS.")
  var looksUpNames = false
  @Flag(name: .customShort("n"), help: "Do not look up names: the default.") var looksUpNoNames = false
  @Option(help: "Our top N ports.") var topPorts: Int?
  @Option(help: "Ports to leave out.") var excludePorts: String?
  @Flag(
    name: .customLong("Pn", withSingleDash: true),
    help: "Accepted; every target is scanned without asking first whether it is up.")
  var skipsDiscovery = false
  @Option(name: .customShort("T", allowingJoined: true), help: "Timing, 0 (slow) to 5 (fast).") var timing: Int?
  @Option(help: "Probes a second of the whole scan.") var rate: Int?
  @Option(help: "Probes a second of each agent.") var ratePerAgent: Int?
  @Option(help: "Probes a second to each host.") var ratePerHost: Int?
  @Option(help: "Site; may be left out while there is only one.") var site: String?
  @Option(help: "any, each, or zones joined by commas.") var zone: String = "any"
  @Option(help: "Agents that may take part: names or ids, joined by commas.") var agent: String?
  @Option(help: "Only agents with this tag; may be repeated.") var tag: [String] = []
  @Option(help: "-100 to 100: 10 more is twice the share of the agents' time.") var priority: Int?
  @Option(help: "Jobs that run at once, at most.") var maxJobs: Int?
  @Option(help: "End it after this long: 8h.") var maxDuration: String?
  @Option(help: "What it is for.") var note: String?
  @Flag(help: "Probe in blackouts too: an admin's word, with --note.") var ignoreBlackouts = false
  @Flag(help: "Mean it, though it is more than 2^40 probes.") var yes = false
  @Flag(name: .customLong("sS", withSingleDash: true), help: .hidden) var sendsRawPackets = false

  /// Octets of a target list that are read; the coordinator takes no more.
  private static let listBytes = WireLimits.expressionBytes

  /// The scan as it is asked for, without a name. Throws a `CommandFailure` for flags that exclude each other.
  func submission() throws -> ScanSubmission {
    if sendsRawPackets {
      throw CommandFailure("-sS is not available: scanning by raw SYN packets; leave it out", status: .usage)
    }
    guard [ports != nil, isFast, topPorts != nil].count(where: { $0 }) <= 1 else {
      throw CommandFailure("-p, -F and --top-ports exclude each other", status: .usage)
    }
    guard !looksUpNames || !looksUpNoNames else { throw CommandFailure("-n and -R exclude each other", status: .usage) }
    var submission = ScanSubmission(targets: targets + (try listFile.map(Self.words) ?? []))
    // The list is split at commas, as nmap does; files keep octet lists whole.
    let exclusions = (exclude.map { [$0] } ?? []) + (try excludeFile.map(Self.words) ?? [])
    submission.exclusions = exclusions.isEmpty ? nil : exclusions
    submission.ports = isFast ? "top-100" : topPorts.map { "top-\($0)" } ?? ports
    submission.excludedPorts = excludePorts
    submission.transports = isUDP ? isTCP ? [.tcp, .udp] : [.udp] : nil
    submission.identifies = identifies ? true : nil
    submission.looksUpNames = looksUpNames ? true : nil
    submission.timing = timing
    submission.rate = rate
    submission.ratePerAgent = ratePerAgent
    submission.ratePerHost = ratePerHost
    submission.site = site
    submission.zones = zone.split(separator: ",").map(String.init)
    submission.priority = priority
    submission.maximumJobs = maxJobs
    submission.agents = agent.map { $0.split(separator: ",").map(String.init) }
    submission.tags = tag.isEmpty ? nil : tag
    submission.maximumSeconds = try maxDuration.map { text in
      guard let duration = DurationText.read(text) else {
        throw CommandFailure("--max-duration \"\(text)\": expected a duration such as 8h", status: .usage)
      }
      return Int(duration.components.seconds)
    }
    submission.note = note
    submission.ignoresBlackouts = ignoreBlackouts ? true : nil
    submission.isConfirmed = yes ? true : nil
    return submission
  }

  /// The words of a target list: blanks and line breaks separate, # begins a comment (nmap's -iL).
  private static func words(in file: String) throws -> [String] {
    let text: String
    do {
      text = try TextFile.read(file, maximumBytes: listBytes)
    } catch {
      throw CommandFailure("\(error)", status: .usage)
    }
    return text.split(whereSeparator: \.isNewline).flatMap { line in
      line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
    }
  }
}
