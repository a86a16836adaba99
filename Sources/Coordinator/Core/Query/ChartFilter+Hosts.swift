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

  /// Addresses outside of which nothing fits; empty: anywhere.
  package var demandedRanges: [AddressRange] {
    switch self {
    case .term(.net(let ranges)): ranges
    case .all(let filters): filters.lazy.map(\.demandedRanges).first { !$0.isEmpty } ?? []
    case .term, .not, .any: []
    }
  }
}
