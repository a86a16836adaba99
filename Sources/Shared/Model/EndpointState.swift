/// What a probe says about an endpoint. Raw values are the words printed, sent and stored.
package enum EndpointState: String, Hashable, Sendable, Codable, CaseIterable {
  /// Connected (TCP) or answered (UDP).
  case open
  /// RST; for UDP an ICMP port unreachable from the target itself.
  case closed
  /// No answer after the tries that the evidence asks for, or somebody answered in the target's place or forbade it.
  case filtered
  /// UDP without answer.
  case openOrFiltered = "open-or-filtered"
  /// ICMP host or network unreachable from elsewhere, ARP or neighbour failure.
  case unreachable
  /// We could not look: a local failure, never a fact about the target.
  case unchecked
}
