package import Model

/// One condition on a row of the chart; the values of a term are alternatives.
package enum ChartTerm: Hashable, Sendable {
  case site([TextMatch])
  /// Seen from a zone.
  case zone([TextMatch])
  /// The agent that lives on the host.
  case agent([TextMatch])
  /// A tag of the agent that lives on the host.
  case tag([TextMatch])
  case net([AddressRange])
  /// What name servers call the host, or the agent that lives there, whatever the case.
  case hostName([TextMatch])
  case port([ClosedRange<UInt16>])
  case transport([TransportProtocol])
  case state([EndpointState])
  /// Services by name: as identified, and where nothing was, as the port is registered.
  case service([TextMatch], registered: [ProtocolPort])
  /// A product by name, whatever the case.
  case product([TextMatch])
  /// What services show of themselves and their certificates say.
  case text([TextPhrase])
  case verdict([Verdict])
  case process([TextMatch])
  case pid([ClosedRange<Int32>])
  case user([TextMatch])
  case unit([TextMatch])
  case container([TextMatch])
  /// Rules that speak up, of those that follow from the endpoint alone.
  case finding([FindingRule])
  case time(Moment, [TimeSpan])

  /// Which of a row's times.
  package enum Moment: String, Hashable, Sendable, CaseIterable {
    case firstSeen, lastSeen, lastChanged
  }
}

/// A text as it must be, or a pattern of it.
package enum TextMatch: Hashable, Sendable {
  case exactly(String)
  /// `*` stands for any characters, `?` for one.
  case pattern(String)
}

/// From the first moment on, and before the last; nil: no bound on that side.
package struct TimeSpan: Hashable, Sendable {
  package var from: Timestamp?
  package var to: Timestamp?

  package init(from: Timestamp? = nil, to: Timestamp? = nil) {
    self.from = from
    self.to = to
  }
}
