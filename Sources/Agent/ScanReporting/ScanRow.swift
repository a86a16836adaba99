package import Model
package import ScanEngine

/// What is told of one endpoint.
package struct ScanRow: Sendable {
  package let host: HostAddress
  package let port: ProtocolPort
  package let state: EndpointState
  package let reason: ProbeReason

  /// The ICMP error that decided; nil where none did.
  package let icmp: IcmpEvidence?
  package let isSelf: Bool

  /// Whole microseconds, never negative; nil where no answer came.
  package let roundTripMicroseconds: Int64?

  /// An identity is large and rare, a row small and frequent: the one stands apart from the other.
  private let box: Box?

  private final class Box: Sendable {
    let identity: ServiceIdentity

    init(_ identity: ServiceIdentity) { self.identity = identity }
  }

  /// What the service showed of itself; nil where it was not asked.
  package var identity: ServiceIdentity? { box?.identity }

  package init(
    host: HostAddress, port: ProtocolPort, state: EndpointState, reason: ProbeReason, icmp: IcmpEvidence? = nil,
    isSelf: Bool = false, roundTripMicroseconds: Int64? = nil, identity: ServiceIdentity? = nil
  ) {
    self.host = host
    self.port = port
    self.state = state
    self.reason = reason
    self.icmp = icmp
    self.isSelf = isSelf
    self.roundTripMicroseconds = roundTripMicroseconds
    box = identity.map(Box.init)
  }

  package init(_ observation: Observation, identity: ServiceIdentity? = nil) {
    self.init(
      host: observation.host, port: observation.port, state: observation.state, reason: observation.reason,
      icmp: observation.icmp, isSelf: observation.isSelf,
      roundTripMicroseconds: observation.roundTrip?.wholeMicroseconds, identity: identity)
  }

  package var outcome: ScanOutcome { ScanOutcome(state: state, reason: reason, icmp: icmp) }
}

extension Duration {
  /// Rounded towards zero.
  package var wholeMicroseconds: Int64 { Int64(truncatingIfNeeded: attoseconds / 1_000_000_000_000) }
}
