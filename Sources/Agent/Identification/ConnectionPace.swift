internal import Model
internal import ProbeTiming

/// When connections may be begun, in all and to each host.
struct ConnectionPace {
  /// Hosts that are remembered; beyond it those that may be connected to at once are forgotten.
  private static let hostLimit = 4096

  private let intervalPerHost: UInt64
  private var meter: PaceMeter
  private var hosts: [HostAddress: PaceMeter] = [:]

  /// - Parameters:
  ///   - interval: nanoseconds between two connections, 0 for no bound.
  ///   - intervalPerHost: the same to one host.
  init(interval: UInt64, intervalPerHost: UInt64) {
    meter = PaceMeter(interval: interval)
    self.intervalPerHost = intervalPerHost
  }

  /// When the next one may be begun; at or before `now` where that is at once.
  func nextStart(to host: HostAddress, now: UInt64) -> UInt64 {
    max(meter.nextStart(now: now), hosts[host]?.nextStart(now: now) ?? now)
  }

  mutating func recordStart(to host: HostAddress, now: UInt64) {
    meter.recordStart(now: now)
    guard intervalPerHost > 0 else { return }
    if hosts.count >= Self.hostLimit { hosts = hosts.filter { $0.value.nextStart(now: now) > now } }
    hosts[host, default: PaceMeter(interval: intervalPerHost)].recordStart(now: now)
  }
}
