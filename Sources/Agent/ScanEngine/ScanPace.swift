internal import LinuxSystem
internal import ProbeTiming

/// How hard a run may probe. Every bound holds; the lowest decides.
package struct ScanPace: Hashable, Sendable {
  /// Probes waiting for an answer at once, over all hosts of the run.
  package var maxInFlight: Int

  /// Probes waiting at once for one host; a host begins with less and grows to it by its answers. This host's own addresses
  /// are bound by `maxInFlight` alone: what answers there is the kernel that asks.
  package var maxInFlightPerHost: Int

  /// Probes waiting at once for one network: a /24 of IPv4, a /64 of IPv6. It grows by answers too.
  package var maxInFlightPerNetwork: Int

  /// Probes started in a second, retries included; nil for no bound. Ten milliseconds' worth may start together, so
  /// that a pause is never caught up in a burst.
  package var probesPerSecond: Int?
  package var probesPerSecondPerHost: Int?
  package var probesPerSecondPerNetwork: Int?

  /// The least time between two starts, for paces slower than one a second; nil for no bound.
  package var spacing: Duration?

  /// Whether the run's first start keeps the spacing too: for one part of a work that others went before.
  package var isSpacedFromStart = false

  /// How long to wait for a host that has not answered yet: by default a little less than the second after which the kernel
  /// would send the SYN again by itself (RFC 6298, 2.1; TCP_TIMEOUT_INIT in include/net/tcp.h). Once it or its network has, the wait follows the round-trip
  /// times between `shortestTimeout` (a quarter of it for a first try) and `longestTimeout`.
  package var timeout: Duration
  package var shortestTimeout: Duration
  package var longestTimeout: Duration

  /// How often a probe that met silence is sent again at most. It is sent again once where no loss was seen, and more often
  /// the more answers came only to a later try.
  package var retries: Int

  /// After this long a host's remaining endpoints stay unchecked; nil for no bound.
  package var hostTimeout: Duration?

  /// A host of which so many ports, and nearly all that answered, are open is a tarpit or stands behind one: its remaining
  /// endpoints stay unchecked. nil never cuts short.
  package var everythingOpenLimit: Int?

  package init(
    maxInFlight: Int = ScanPace.defaultInFlight, maxInFlightPerHost: Int = 100, maxInFlightPerNetwork: Int = 8192,
    probesPerSecond: Int? = nil, timeout: Duration = .milliseconds(950), shortestTimeout: Duration = .milliseconds(100),
    longestTimeout: Duration = .seconds(10), retries: Int = 10
  ) {
    self.maxInFlight = maxInFlight
    self.maxInFlightPerHost = maxInFlightPerHost
    self.maxInFlightPerNetwork = maxInFlightPerNetwork
    self.probesPerSecond = probesPerSecond
    self.timeout = timeout
    self.shortestTimeout = shortestTimeout
    self.longestTimeout = longestTimeout
    self.retries = retries
    everythingOpenLimit = Self.defaultEverythingOpenLimit
  }

  /// More open ports than real hosts have, and early enough to save most of a tarpit's 65,535.
  package static let defaultEverythingOpenLimit = 256

  /// What this machine carries without harm: its descriptors less some for others, half of the ephemeral ports, an eighth
  /// of the memory at 8 KiB a connection, and never more than 8,192, beyond which only timeouts would gain. Asked anew each
  /// time, because a program raises its limit of descriptors after it has started.
  package static var defaultInFlight: Int {
    inFlight(
      openFiles: ResourceLimits.openFiles, ephemeralPorts: ResourceLimits.ephemeralPorts.count,
      memory: ResourceLimits.physicalMemory)
  }

  /// The same for a machine with these limits; memory in bytes.
  static func inFlight(openFiles: Int, ephemeralPorts: Int, memory: Int) -> Int {
    max(
      16,
      min(
        8192, openFiles - ConnectEngine.Configuration.reservedDescriptors, ephemeralPorts / 2, memory / 8 / 8192))
  }

  /// Nanoseconds between two starts of the run, 0 for no bound.
  var startInterval: UInt64 { max(Self.interval(perSecond: probesPerSecond), spacing?.wholeNanoseconds ?? 0) }

  var limits: TimeoutLimits { TimeoutLimits(initial: timeout, shortest: shortestTimeout, longest: longestTimeout) }

  static func interval(perSecond rate: Int?) -> UInt64 { rate.map { max(1_000_000_000 / UInt64($0), 1) } ?? 0 }
}
