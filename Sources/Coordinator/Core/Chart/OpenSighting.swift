package import Model

/// A port of a host seen open, by an agent that asked nothing of its service.
package struct OpenSighting: Hashable, Sendable {
  /// What the ports of a host that are seen open nearly always have in common.
  package struct Kind: Hashable, Sendable {
    package var transport: TransportProtocol
    package var reason: ProbeReason
    package var isSelfView: Bool

    package init(transport: TransportProtocol, reason: ProbeReason, isSelfView: Bool) {
      self.transport = transport
      self.reason = reason
      self.isSelfView = isSelfView
    }
  }

  package let port: Port
  package let observedAt: Timestamp

  package init(port: Port, observedAt: Timestamp) {
    self.port = port
    self.observedAt = observedAt
  }
}
