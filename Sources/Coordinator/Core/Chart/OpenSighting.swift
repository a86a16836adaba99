package import Model

/// A port of a host seen open, by an agent that asked nothing of its service.
package struct OpenSighting: Hashable, Sendable {
  package let port: Port
  package let reason: ProbeReason
  package let observedAt: Timestamp
  package let isSelfView: Bool

  package init(port: Port, reason: ProbeReason, observedAt: Timestamp, isSelfView: Bool) {
    self.port = port
    self.reason = reason
    self.observedAt = observedAt
    self.isSelfView = isSelfView
  }

  package init(_ port: Port, _ view: ZoneView) {
    self.init(port: port, reason: view.reason, observedAt: view.observedAt, isSelfView: view.isSelfView)
  }
}
