package import Model

extension Verdict {
  /// Why an endpoint has this verdict from one zone, in words; nil stands for no verdict.
  package static func reason(
    _ verdict: Verdict?, view: ZoneView?, inside: InsideView, isLoopback: Bool
  ) -> String {
    switch verdict {
    case .localOnly:
      isLoopback
        ? "the address is a loopback address: nobody else reaches it"
        : "the listener is bound to a loopback address: nobody else reaches it"
    case .exposed: "open from another host, and a known process listens"
    case .ownerUnknown:
      if case .listener = inside {
        "open, and the process of the listener could not be read"
      } else {
        "open in a view from the host itself, and no listener is seen there"
      }
    case .forwarded:
      """
      open from another host, and nothing of the host listens: a port forward, another network namespace, or something \
      that hides
      """
    case .noInsideView:
      if case .noListener = inside {
        "open when it was looked at, which was before inventories spoke of this address; nothing listens there now"
      } else {
        "open, and no agent that lives there says who listens"
      }
    case .shielded:
      "a listener is there, and from this zone it is \(view?.state.rawValue ?? "not open"): something stands before it"
    case .unverified: unverifiedReason(view, inside)
    case nil:
      view == nil ? "no zone has looked, and nothing is known to listen" : "not open, and nothing is known to listen"
    }
  }

  private static func unverifiedReason(_ view: ZoneView?, _ inside: InsideView) -> String {
    guard let view else { return "a listener is there, and no zone has looked" }
    guard case .listener(_, _, let since) = inside else {
      return "open when it was looked at; what listened there has gone since, and nobody has looked again"
    }
    if view.isSelfView { return "a listener is there, and only the host itself has looked" }
    return switch view.state {
    case .closed, .filtered:
      view.observedAt < since
        ? "\(view.state.rawValue) when it was looked at; the listener was met later, and nobody has looked since"
        : "a listener is there, and what was seen does not tell whether anything stands before it"
    case .openOrFiltered: "a listener is there, and its silence does not tell open from filtered"
    default: "a listener is there, and this zone's look did not reach it: \(view.state.rawValue)"
    }
  }
}
