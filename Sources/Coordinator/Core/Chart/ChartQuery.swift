package import Model

/// What rows of the chart are asked for: terms that must all hold.
package struct ChartQuery: Hashable, Sendable {
  /// One condition; the values of a term are alternatives.
  package enum Term: Hashable, Sendable {
    case site([String])
    case zone([String])
    case agent([String])
    case net([AddressRange])
    case port([ClosedRange<UInt16>])
    case transport([TransportProtocol])
    /// Services of these names: as identified, and where nothing was, as the port is registered.
    case service([String], registered: [ProtocolPort])
    case product([String])
    case state([EndpointState])
    case verdict([Verdict])
    case process([String])
    case pid([Int32])
    case user([String])
    case unit([String])
  }

  package var terms: [Term]

  /// Inventories older than this prove nothing any more: verdicts that rest on one become `no-inside-view`.
  package var inventoryNotBefore: Timestamp

  package init(terms: [Term] = [], inventoryNotBefore: Timestamp = Timestamp(milliseconds: .min)) {
    self.terms = terms
    self.inventoryNotBefore = inventoryNotBefore
  }

  /// Whether the asker chose states; otherwise listings leave out what is neither open nor listened on.
  package var namesState: Bool {
    terms.contains { term in
      if case .state = term { true } else { false }
    }
  }
}
