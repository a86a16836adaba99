/// Terms joined by `and`, `or` and `not`. A term that cannot be told of a row, because nothing is known, does not hold.
package indirect enum ChartFilter: Hashable, Sendable {
  case term(ChartTerm)
  case not(ChartFilter)
  case all([ChartFilter])
  case any([ChartFilter])

  /// Holds for every row.
  package static let everything = ChartFilter.all([])

  /// Whether rows are judged by what their hosts are called.
  package var asksForNames: Bool { contains { if case .hostName = $0 { true } else { false } } }

  /// Whether a term that fits stands anywhere in it.
  package func contains(where fits: (ChartTerm) -> Bool) -> Bool {
    switch self {
    case .term(let term): fits(term)
    case .not(let filter): filter.contains(where: fits)
    case .all(let filters), .any(let filters): filters.contains { $0.contains(where: fits) }
    }
  }
}
