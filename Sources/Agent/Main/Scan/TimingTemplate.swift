internal import ArgumentParser
internal import ScanEngine

/// The six paces of `-T`, in nmap's order and with its waits and spacings (nmap(1), "Timing templates"); how many may be in
/// flight are our own numbers.
enum TimingTemplate: Int, CaseIterable, ExpressibleByArgument {
  case paranoid = 0
  case sneaky
  case polite
  case normal
  case aggressive
  case insane

  var pace: ScanPace {
    var pace = ScanPace()
    switch self {
    case .paranoid:
      pace.maxInFlight = 1
      pace.spacing = .seconds(300)
    case .sneaky:
      pace.maxInFlight = 1
      pace.spacing = .seconds(15)
    case .polite:
      pace.maxInFlight = 1
      pace.spacing = .milliseconds(400)
    case .normal:
      break
    case .aggressive:
      pace.maxInFlightPerHost = 300
      pace.timeout = .milliseconds(500)
      pace.longestTimeout = .milliseconds(1250)
      pace.retries = 6
    case .insane:
      pace.maxInFlightPerHost = 1000
      pace.timeout = .milliseconds(250)
      pace.shortestTimeout = .milliseconds(50)
      pace.longestTimeout = .milliseconds(300)
      pace.retries = 2
      pace.hostTimeout = .seconds(900)
    }
    return pace
  }

  /// The numbers, for the help; from the paces themselves, so that both always agree.
  static var explanation: String {
    allCases.map { template in
      let pace = template.pace
      let spacing = pace.spacing.map { "one start in \(DurationArgument.text($0))" } ?? "no spacing"
      let hostTimeout = pace.hostTimeout.map { ", \(DurationArgument.text($0)) for a host" } ?? ""
      return "-T\(template.rawValue): \(pace.maxInFlight) in flight, \(min(pace.maxInFlightPerHost, pace.maxInFlight)) "
        + "for a host, \(spacing), first wait \(DurationArgument.text(pace.timeout)), longest "
        + "\(DurationArgument.text(pace.longestTimeout)), at most \(pace.retries) retries\(hostTimeout)"
    }.joined(separator: "\n")
  }
}
