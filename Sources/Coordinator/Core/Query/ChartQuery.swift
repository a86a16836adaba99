package import Model

/// What rows of the chart are asked for.
package struct ChartQuery: Hashable, Sendable {
  package var filter: ChartFilter

  /// Inventories older than this prove nothing any more: verdicts that rest on one become `no-inside-view`.
  package var inventoryNotBefore: Timestamp

  /// The chart as it was observed by this time; nil: as it is.
  package var asOf: Timestamp?

  package init(
    _ filter: ChartFilter = .everything, inventoryNotBefore: Timestamp = Timestamp(milliseconds: .min)
  ) {
    self.filter = filter
    self.inventoryNotBefore = inventoryNotBefore
  }

  /// Reads a query's text by the grammar of docs/query.md; ages count back from `now`.
  ///
  /// Throws an error that points at the character at fault.
  package init(parsing text: String, services: ServiceNames, at now: Timestamp) throws(ExpressionError) {
    var parser = try QueryParser(text, services: services, now: now)
    self.init(try parser.filter())
  }

  /// Holds the rows to one site, whatever else is asked.
  package mutating func restrict(toSite name: String) {
    filter = .all([.term(.site([.exactly(name)])), filter])
  }

  /// Whether the asker chose states; otherwise listings leave out what is neither open nor listened on.
  package var namesState: Bool {
    filter.contains { term in
      if case .state = term { true } else { false }
    }
  }

  /// What it says of where endpoints are, which no time changes: every endpoint that fits the whole fits this.
  package var ofPlaces: ChartQuery { ChartQuery(filter.ofPlaces ?? .everything) }
}

extension ChartFilter {
  /// Nil: nothing can be told from where an endpoint is.
  fileprivate var ofPlaces: ChartFilter? {
    switch self {
    case .term(.site), .term(.net), .term(.port), .term(.transport): self
    case .term: nil
    // What is left out of it would be left out of the negation, which then fits less.
    case .not(let filter): filter.isOfPlaces ? self : nil
    case .all(let filters): .all(filters.compactMap(\.ofPlaces))
    case .any(let filters):
      filters.allSatisfy { $0.ofPlaces != nil } ? .any(filters.compactMap(\.ofPlaces)) : nil
    }
  }

  private var isOfPlaces: Bool {
    switch self {
    case .term(.site), .term(.net), .term(.port), .term(.transport): true
    case .term: false
    case .not(let filter): filter.isOfPlaces
    case .all(let filters), .any(let filters): filters.allSatisfy(\.isOfPlaces)
    }
  }
}
