package import Model

/// Neighbouring ports of one host and protocol in the same state for the same reason.
package struct PortStateRun: Hashable, Sendable {
  package var ports: ClosedRange<UInt16>
  package var state: EndpointState
  package var reason: ProbeReason
  /// The newest time at which one of the ports was seen so.
  package var observedAt: Timestamp

  package init(ports: ClosedRange<UInt16>, state: EndpointState, reason: ProbeReason, observedAt: Timestamp) {
    self.ports = ports
    self.state = state
    self.reason = reason
    self.observedAt = observedAt
  }
}
