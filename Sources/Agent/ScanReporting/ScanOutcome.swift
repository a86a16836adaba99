package import Model
package import ScanEngine

/// How an endpoint ended: what many endpoints share.
package struct ScanOutcome: Hashable, Sendable {
  package let state: EndpointState
  package let reason: ProbeReason

  /// The ICMP error that decided; nil where none did.
  package let icmp: IcmpEvidence?

  package init(state: EndpointState, reason: ProbeReason, icmp: IcmpEvidence? = nil) {
    self.state = state
    self.reason = reason
    self.icmp = icmp
  }

  /// `filtered (no-response)`.
  package var text: String { "\(state.rawValue) (\(reason.rawValue))" }
}
