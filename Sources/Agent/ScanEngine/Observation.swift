package import Model

/// What was seen at one endpoint.
package struct Observation: Hashable, Sendable {
  /// Which block of the work.
  package let blockIndex: Int
  package let host: HostAddress

  /// The index of the host within its block's hosts.
  package let hostOffset: UInt128

  /// The index of the port within its block's selection.
  package let portOffset: Int
  package let port: ProtocolPort
  package let state: EndpointState
  package let reason: ProbeReason

  /// The ICMP error that decided, where one did.
  package let icmp: IcmpEvidence?

  /// The errno behind a state of unchecked, where the kernel gave one.
  package let localErrno: Int32?

  /// Whether the target is one of this host's own addresses, so that the probe never left it.
  package let isSelf: Bool

  /// From connect to the answer; nil where none came.
  package let roundTrip: Duration?

  /// When this was known: nanoseconds of `MonotonicClock` (CLOCK_BOOTTIME).
  package let observedAt: UInt64

  /// How many connections were started for it; 0 where policy or a local failure came first.
  package let tries: Int

  package init(
    blockIndex: Int, host: HostAddress, hostOffset: UInt128, portOffset: Int, port: ProtocolPort,
    state: EndpointState, reason: ProbeReason, icmp: IcmpEvidence? = nil, localErrno: Int32? = nil, isSelf: Bool,
    roundTrip: Duration?, observedAt: UInt64, tries: Int
  ) {
    self.blockIndex = blockIndex
    self.host = host
    self.hostOffset = hostOffset
    self.portOffset = portOffset
    self.port = port
    self.state = state
    self.reason = reason
    self.icmp = icmp
    self.localErrno = localErrno
    self.isSelf = isSelf
    self.roundTrip = roundTrip
    self.observedAt = observedAt
    self.tries = tries
  }
}
