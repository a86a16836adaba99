internal import ArgumentParser
internal import ScanEngine

/// How hard a scan may probe, as nmap's users type it.
struct ScanPaceOptions: ParsableArguments {
  @Option(
    name: .customShort("T", allowingJoined: true), help: ArgumentHelp("How hard to probe, 0 to 5.", valueName: "0-5"))
  var timing: TimingTemplate?

  @Option(name: .customLong("rate"), help: ArgumentHelp("Connections started in a second at most.", valueName: "n"))
  var rate: Int?

  @Option(
    name: .customLong("rate-per-host"), help: ArgumentHelp("The same for one host.", valueName: "n"))
  var ratePerHost: Int?

  @Option(
    name: .customLong("rate-per-network"),
    help: ArgumentHelp("The same for the hosts of one /24, or /64 of IPv6.", valueName: "n"))
  var ratePerNetwork: Int?

  @Option(
    name: .customLong("max-in-flight"),
    help: ArgumentHelp("Connections waiting for an answer at once at most.", valueName: "n"))
  var maxInFlight: Int?

  @Option(
    name: .customLong("max-in-flight-per-host"), help: ArgumentHelp("The same for one host.", valueName: "n"))
  var maxInFlightPerHost: Int?

  @Option(
    name: .customLong("max-in-flight-per-network"),
    help: ArgumentHelp("The same for the hosts of one /24, or /64 of IPv6.", valueName: "n"))
  var maxInFlightPerNetwork: Int?

  @Option(
    name: .customLong("timeout"),
    help: ArgumentHelp("The longest wait for an answer: 500ms, 2s, 1m; a bare number is seconds.", valueName: "d"))
  var timeout: DurationArgument?

  @Option(
    name: .customLong("retries"), help: ArgumentHelp("Tries after a silent one at most, 0 to 10.", valueName: "n"))
  var retries: Int?

  @Option(
    name: .customLong("host-timeout"),
    help: ArgumentHelp("The longest time for one host; what was found until then is reported.", valueName: "d"))
  var hostTimeout: DurationArgument?

  @Option(
    name: .customLong("everything-open-limit"),
    help: ArgumentHelp("Leave a host that shows this many open ports and no other; 0 for never.", valueName: "n"))
  var everythingOpenLimit: Int?

  /// The template's pace with what was overridden.
  func pace() throws(CommandFailure) -> ScanPace {
    var pace = (timing ?? .normal).pace
    if let rate {
      pace.probesPerSecond = rate
      // A template's distance is its rate.
      pace.spacing = nil
    }
    if let ratePerHost { pace.probesPerSecondPerHost = ratePerHost }
    if let ratePerNetwork { pace.probesPerSecondPerNetwork = ratePerNetwork }
    if let maxInFlight { pace.maxInFlight = maxInFlight }
    if let maxInFlightPerHost { pace.maxInFlightPerHost = maxInFlightPerHost }
    if let maxInFlightPerNetwork { pace.maxInFlightPerNetwork = maxInFlightPerNetwork }
    if let retries { pace.retries = retries }
    if let hostTimeout { pace.hostTimeout = hostTimeout.duration }
    if let everythingOpenLimit {
      guard everythingOpenLimit >= 0 else { throw .usage("--everything-open-limit takes 0 or more") }
      pace.everythingOpenLimit = everythingOpenLimit == 0 ? nil : everythingOpenLimit
    }
    if let timeout {
      pace.timeout = timeout.duration
      pace.longestTimeout = timeout.duration
      pace.shortestTimeout = min(pace.shortestTimeout, timeout.duration)
    }
    return pace
  }

  private static var numbers: KeyValuePairs<String, WritableKeyPath<ScanPaceOptions, Int?>> {
    [
      "--rate": \.rate, "--rate-per-host": \.ratePerHost, "--rate-per-network": \.ratePerNetwork,
      "--max-in-flight": \.maxInFlight, "--max-in-flight-per-host": \.maxInFlightPerHost,
      "--max-in-flight-per-network": \.maxInFlightPerNetwork, "--retries": \.retries,
      "--everything-open-limit": \.everythingOpenLimit,
    ]
  }

  private static var durations: KeyValuePairs<String, WritableKeyPath<ScanPaceOptions, DurationArgument?>> {
    ["--timeout": \.timeout, "--host-timeout": \.hostTimeout]
  }

  /// What was given, by option, for a scan that goes on later.
  var given: [String: String] {
    var given: [String: String] = [:]
    if let timing { given["-T"] = "\(timing.rawValue)" }
    for (name, path) in Self.numbers { given[name] = self[keyPath: path].map { "\($0)" } }
    for (name, path) in Self.durations { given[name] = self[keyPath: path].map { DurationArgument.text($0.duration) } }
    return given
  }

  /// Takes over what an earlier call was given and this one was not.
  mutating func adopt(_ earlier: [String: String]) {
    timing = timing ?? earlier["-T"].flatMap { TimingTemplate(argument: $0) }
    for (name, path) in Self.numbers {
      self[keyPath: path] = self[keyPath: path] ?? earlier[name].flatMap { Int($0) }
    }
    for (name, path) in Self.durations {
      self[keyPath: path] = self[keyPath: path] ?? earlier[name].flatMap { DurationArgument(argument: $0) }
    }
  }
}
