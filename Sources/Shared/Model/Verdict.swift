/// What joining the outside view and the inside view says about an endpoint as seen from one zone. Raw values are the
/// words printed, sent and stored; the order of the cases is that of the rows of DESIGN's table, and the first row that
/// fits is the verdict.
package enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
  /// Bound to loopback, or seen only there.
  case localOnly = "local-only"
  /// Open from another host, with a listener whose process is known.
  case exposed
  /// Open, but the owner could not be read; or open in a self view without a visible listener.
  case ownerUnknown = "owner-unknown"
  /// Open from another host although nothing on that host listens: NAT, port forward, another namespace, or something hiding.
  case forwarded
  /// Open, and no agent on that host, or its inventory is older than allowed.
  case noInsideView = "no-inside-view"
  /// A listener that is filtered or closed from another host: a firewall does its work.
  case shielded
  /// A listener that was not covered lately, or only in a self view.
  case unverified
}
