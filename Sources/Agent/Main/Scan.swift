internal import ArgumentParser
internal import Glibc
internal import Identification
internal import LinuxSystem
internal import Listing
internal import LocalSystem
internal import Model
internal import ScanEngine
internal import Synchronization

/// `periplus-agent scan`: which TCP ports answer, asked from here, without a coordinator.
struct Scan: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the open TCP ports of targets by connecting to them; needs no privilege.",
    discussion: """
      A table shows what is open and, for each host, how many ports were in other states; machine formats have a row for \
      every endpoint, in the order in which they were settled. Ctrl-C prints what was found so far and exits with 130.

      -T sets how hard to probe; --max-in-flight, --rate, --timeout and --retries override it:
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

  @Option(name: .customLong("exclude-ports"), help: ArgumentHelp("Leave these ports out.", valueName: "spec"))
  var excludePorts: String?

  @Flag(name: .customLong("Pn", withSingleDash: true), help: "Probe every host: what this version does anyway.")
  var skipDiscovery = false

  @Flag(name: .customLong("sT", withSingleDash: true), help: "Scan by connecting: what this version does anyway.")
  var connectScan = false

  @Flag(
    name: [.customLong("sV", withSingleDash: true), .customLong("identify")],
    help: "Ask open ports which service they are: product, version, TLS certificate.")
  var identifies = false

  @Flag(name: .customShort("n"), help: "Never look up names of addresses: what this version does anyway.")
  var numeric = false

  @Flag(name: .customShort("r"), help: "Ports in ascending order: what this version does anyway.")
  var ascending = false

  @Option(
    name: .customShort("T", allowingJoined: true), help: ArgumentHelp("How hard to probe, 0 to 5.", valueName: "0-5"))
  var timing: TimingTemplate = .normal

  @Option(name: .customLong("rate"), help: ArgumentHelp("Connections started in a second at most.", valueName: "n"))
  var rate: Int?

  @Option(
    name: .customLong("max-in-flight"),
    help: ArgumentHelp("Connections waiting for an answer at once at most.", valueName: "n"))
  var maxInFlight: Int?

  @Option(
    name: .customLong("timeout"),
    help: ArgumentHelp("The longest wait for an answer: 500ms, 2s, 1m; a bare number is seconds.", valueName: "d"))
  var timeout: DurationArgument?

  @Option(name: .customLong("retries"), help: ArgumentHelp("Tries after a silent one, 0 to 10.", valueName: "n"))
  var retries: Int?

  @Flag(name: .customLong("open"), help: "Only what is open.")
  var onlyOpen = false

  @Flag(name: .customLong("reason"), help: "Show in the table why each state was concluded.")
  var showReason = false

  @Option(name: .customShort("o"), help: "table, wide, json, ndjson, csv or name.")
  var format: ListingFormat = .table

  @Flag(name: .customLong("no-headers"), help: "No headings in table and csv.")
  var noHeaders = false

  /// On the main actor, because files, the resolver and a slow reader of the output block, which the cooperative pool must
  /// never do.
  @MainActor
  func run() async throws {
    try unavailable.refuse()
    let names = SystemServices.load()
    let request = PortRequest(spec: ports, isFast: fast, top: topPorts, excluded: excludePorts)
    let selection = try request.selection(names: names)
    let hosts = try targetOptions.addresses().ranges
    guard !hosts.isEmpty else { throw CommandFailure.failed("the exclusions leave no address") }

    // More descriptors mean more at once; without them the scan is slower and as right.
    _ = try? ResourceLimits.raiseOpenFiles()
    let run: ScanRun
    let engine: ConnectEngine
    do throws(ScanEngineError) {
      engine = try ConnectEngine()
      let block = ScanBlock(hosts: hosts, ports: selection)
      // Exclusions are gone from hosts and ports; alone, the user's command line is all the policy there is.
      run = try engine.begin(ScanWork(blocks: [block], pace: pace()) { _, _ in true })
    } catch {
      let isUsage = error.code == .invalidPace || error.code == .unsupportedProtocol
      throw isUsage ? CommandFailure.usage(error.description) : .failed(error.description)
    }
    defer { engine.shutdown() }
    try await report(run, names: names, portCount: selection.count)
  }

  /// The template's pace with what was overridden.
  private func pace() -> ScanPace {
    var pace = timing.pace
    if let rate { pace.probesPerSecond = rate }
    if let maxInFlight { pace.maxInFlight = maxInFlight }
    if let retries { pace.retries = retries }
    if let timeout {
      pace.timeout = timeout.duration
      pace.longestTimeout = timeout.duration
      pace.shortestTimeout = min(pace.shortestTimeout, timeout.duration)
    }
    return pace
  }

  @MainActor
  private func report(_ run: ScanRun, names: ServiceNames, portCount: Int) async throws {
    let identification = try identifies ? ServiceIdentification.start() : nil
    defer { identification?.shutdown() }
    let interruption = Interruption()
    let watch: SignalWatch
    do throws(SystemError) {
      watch = try SignalWatch([SIGINT, SIGTERM]) { _ in
        interruption.hasHappened.store(true, ordering: .releasing)
        run.cancel()
        identification?.cancelAll()
      }
    } catch { throw CommandFailure.failed(error.description) }
    let output = BufferedOutput()
    var report = ScanReport(
      format: format, onlyOpen: onlyOpen, showReason: showReason, showHeaders: !noHeaders, portsPerHost: portCount,
      names: names)
    report.begin(output)
    let reportBatch = { @MainActor (observations: [Observation], answer: ServiceAnswer?) in
      report.add(observations, answer: answer, to: output)
      // The reader went away: nobody wants the rest.
      if output.failure != nil {
        run.cancel()
        identification?.cancelAll()
      }
    }
    if let identification {
      await identification.follow(run, reportBatch)
    } else {
      for await batch in run { reportBatch(batch.observations, nil) }
    }
    report.end(output)
    withExtendedLifetime(watch) {}
    do { try output.finish() } catch { throw CommandFailure(error) }
    if report.unchecked > 0 {
      CommandFailure.say("\(report.unchecked) endpoints are unchecked: this host could not look at them")
    }
    if interruption.hasHappened.load(ordering: .acquiring) {
      throw CommandFailure(message: "interrupted; what was found until then is above", exitCode: 130)
    }
  }

  /// Whether a signal asked to stop; set on the signals' thread.
  private final class Interruption: Sendable {
    let hasHappened = Atomic<Bool>(false)
  }
}
