package import Model

/// How an endpoint ended: what many endpoints share.
package struct ScanOutcome: Hashable, Sendable {
  package let state: EndpointState
  package let reason: ProbeReason

  /// Who sent the ICMP error that decided; nil where none did.
  package let sender: IPAddress?

  package init(state: EndpointState, reason: ProbeReason, sender: IPAddress? = nil) {
    self.state = state
    self.reason = reason
    self.sender = sender
  }

  /// `filtered (no-response)`.
  package var text: String { "\(state.rawValue) (\(reason.rawValue))" }
}
