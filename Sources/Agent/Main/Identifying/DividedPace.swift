internal import ScanEngine

/// A job's pace divided between probing and asking, so that both together keep its rates: three quarters and one.
///
/// One probe a second to each host cannot be divided: it is kept, and a host is asked once in four seconds besides.
struct DividedPace {
  let probing: ScanPace

  /// The least time between two connections that ask; nil for no bound.
  let askingInterval: Duration?
  let askingIntervalPerHost: Duration?

  init(_ pace: ScanPace) {
    var probing = pace
    let interval = [pace.probesPerSecond.map(Self.interval), pace.spacing].compactMap(\.self).max()
    if let interval { probing.spacing = interval * 4 / 3 }
    probing.probesPerSecondPerHost = pace.probesPerSecondPerHost.map { max(1, $0 * 3 / 4) }
    self.probing = probing
    askingInterval = interval.map { $0 * 4 }
    askingIntervalPerHost = pace.probesPerSecondPerHost.map { Self.interval($0) * 4 }
  }

  private static func interval(_ rate: Int) -> Duration { .nanoseconds(1_000_000_000 / max(1, rate)) }
}
