internal import ArgumentParser
internal import ScanEngine

/// The six paces of `-T`, in nmap's order and with our own numbers.
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
      pace.probesPerSecond = 1
      pace.timeout = .seconds(5)
    case .sneaky:
      pace.maxInFlight = 2
      pace.probesPerSecond = 5
      pace.timeout = .seconds(5)
    case .polite:
      pace.maxInFlight = min(pace.maxInFlight, 50)
      pace.maxInFlightPerHost = 10
      pace.probesPerSecond = 100
    case .normal:
      break
    case .aggressive:
      pace.maxInFlightPerHost = 300
      pace.timeout = .milliseconds(500)
      pace.longestTimeout = .milliseconds(1250)
    case .insane:
      pace.maxInFlightPerHost = 1000
      pace.timeout = .milliseconds(250)
      pace.shortestTimeout = .milliseconds(50)
      pace.longestTimeout = .milliseconds(300)
    }
    return pace
  }

  /// The numbers, for the help; from the paces themselves, so that both always agree.
  static var explanation: String {
    allCases.map { template in
      let pace = template.pace
      let rate = pace.probesPerSecond.map { "\($0) a second" } ?? "no rate"
      return "-T\(template.rawValue): \(pace.maxInFlight) in flight, \(min(pace.maxInFlightPerHost, pace.maxInFlight)) "
        + "for a host, \(rate), first wait \(DurationArgument.text(pace.timeout)), longest "
        + "\(DurationArgument.text(pace.longestTimeout)), \(pace.retries) retry"
    }.joined(separator: "\n")
  }
}
