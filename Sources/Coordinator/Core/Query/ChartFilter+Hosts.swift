package import Model

extension ChartFilter {
  /// Whether it asks for nothing but what a host has, be anything open there or not.
  package var isOfHosts: Bool {
    !contains { term in
      switch term {
      case .site, .net, .zone, .agent, .tag, .hostName: false
      default: true
      }
    }
  }

  /// Whether a host as a whole may fit: of it no port, no state and no owner is known, so that a term of them does not hold.
  package var mayHoldForHosts: Bool {
    switch self {
    case .term(let term): ChartFilter.term(term).isOfHosts
    case .all(let filters): filters.allSatisfy(\.mayHoldForHosts)
    case .any(let filters): filters.isEmpty || filters.contains(where: \.mayHoldForHosts)
    case .not: true
    }
  }

  /// Addresses outside of which nothing fits; empty: anywhere.
  package var demandedRanges: [AddressRange] {
    switch self {
    case .term(.net(let ranges)): ranges
    case .all(let filters): filters.lazy.map(\.demandedRanges).first { !$0.isEmpty } ?? []
    case .term, .not, .any: []
    }
  }
}
