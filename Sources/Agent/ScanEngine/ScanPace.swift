internal import LinuxSystem

/// How hard a run may probe. Every bound holds; the lowest decides.
package struct ScanPace: Hashable, Sendable {
  /// Connections waiting for an answer at once, over all hosts of the run.
  package var maxInFlight: Int

  /// Connections started in a second, retries included; nil for no bound. Ten milliseconds' worth may start together, so
  /// that a pause is never caught up in a burst.
  package var probesPerSecond: Int?

  /// Connections waiting at once for one host. This host's own addresses are bound by `maxInFlight` alone: what answers
  /// there is the kernel that asks.
  package var maxInFlightPerHost: Int

  /// Connections waiting at once for the hosts of one /24, or /64 of IPv6.
  package var maxInFlightPerNetwork: Int

  /// Connections started in a second for one host, and for one such network; nil for no bound.
  package var probesPerSecondPerHost: Int?
  package var probesPerSecondPerNetwork: Int?

  /// How long the work on one host may take; nil for no limit.
  package var hostTimeout: Duration?

  /// After so many open ports and no other answer a host is cut short; nil for never.
  package var everythingOpenLimit: Int?

  /// How long to wait for a host that has not answered yet. Once it has, the wait follows its round-trip times between
  /// `shortestTimeout` and `longestTimeout`.
  package var timeout: Duration
  package var shortestTimeout: Duration
  package var longestTimeout: Duration

  /// How often a probe that met silence is sent again.
  package var retries: Int

  package init(
    maxInFlight: Int = ScanPace.defaultInFlight, probesPerSecond: Int? = nil, maxInFlightPerHost: Int = 100,
    maxInFlightPerNetwork: Int = .max, probesPerSecondPerHost: Int? = nil, probesPerSecondPerNetwork: Int? = nil,
    hostTimeout: Duration? = nil, everythingOpenLimit: Int? = nil,
    timeout: Duration = .seconds(1), shortestTimeout: Duration = .milliseconds(100),
    longestTimeout: Duration = .seconds(10), retries: Int = 1
  ) {
    self.maxInFlight = maxInFlight
    self.probesPerSecond = probesPerSecond
    self.maxInFlightPerHost = maxInFlightPerHost
    self.maxInFlightPerNetwork = maxInFlightPerNetwork
    self.probesPerSecondPerHost = probesPerSecondPerHost
    self.probesPerSecondPerNetwork = probesPerSecondPerNetwork
    self.hostTimeout = hostTimeout
    self.everythingOpenLimit = everythingOpenLimit
    self.timeout = timeout
    self.shortestTimeout = shortestTimeout
    self.longestTimeout = longestTimeout
    self.retries = retries
  }

  /// What this machine carries without harm: its descriptors less some for others, half of the ephemeral ports, an eighth
  /// of the memory at 8 KiB a connection, and never more than 8,192, beyond which only timeouts would gain. Asked anew each
  /// time, because a program raises its limit of descriptors after it has started.
  package static var defaultInFlight: Int {
    max(
      16,
      min(
        8192, ResourceLimits.openFiles - ConnectEngine.Configuration.reservedDescriptors,
        ResourceLimits.ephemeralPorts.count / 2, ResourceLimits.physicalMemory / 8 / 8192))
  }
}
