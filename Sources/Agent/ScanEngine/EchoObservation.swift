package import Model

/// What became of the ICMP echo that a run asked a host by besides probing its ports (`HostDiscovery.echo`).
///
/// There is none where the echo could not be sent, or not as often as belief in silence asks for.
package struct EchoObservation: Hashable, Sendable {
  /// Which block of the work.
  package let blockIndex: Int
  package let host: HostAddress

  /// The index of the host within its block's hosts.
  package let hostOffset: UInt128

  /// An answer is told at once. That there was none is told after the last observation of the host's endpoints, and only
  /// where none of them answered before.
  package let isAnswered: Bool

  /// When this was known: nanoseconds of `MonotonicClock` (CLOCK_BOOTTIME).
  package let observedAt: UInt64

  package init(blockIndex: Int, host: HostAddress, hostOffset: UInt128, isAnswered: Bool, observedAt: UInt64) {
    self.blockIndex = blockIndex
    self.host = host
    self.hostOffset = hostOffset
    self.isAnswered = isAnswered
    self.observedAt = observedAt
  }
}
