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
    case .noInsideView: "open, and no agent that lives there says who listens"
    case .shielded:
      "a listener is there, and from this zone it is \(view?.state.rawValue ?? "not open"): something stands before it"
    case .unverified:
      view == nil
        ? "a listener is there, and no zone has looked" : "a listener is there, and only the host itself has looked"
    case nil:
      view == nil ? "no zone has looked, and nothing is known to listen" : "not open, and nothing is known to listen"
    }
  }
}
