internal import Listing
internal import Wire

extension QueryOptions {
  /// Prints a list in the order that is asked for. Every page is read, and with a limit the first so many of all rows are kept.
  ///
  /// `sorted` has the fields that may be sorted by, `listing` what is printed; nil: the same.
  /// - Throws: a `CommandFailure`, and what reading throws.
  func printSorted<Row: Codable & Sendable>(
    _ path: String, asking more: [(name: String, value: String)] = [], by sorted: (([Row]) -> Listing)? = nil,
    _ listing: ([Row]) -> Listing
  ) async throws {
    let order = try ListingOrder(output.sort ?? "", of: (sorted?([]) ?? listing([])).columns)
    var rows = try SortedRows<Row>(order, limit: try checkedLimit())
    // Before anything is read: a column that there is not.
    try output.check(listing([]))
    try await PageReading.eachPage(connection.client(), path, query: parameters + more) { (page: [Row]) in
      for (row, cells) in zip(page, (sorted?(page) ?? listing(page)).rows) { try rows.add(row, cells) }
    }
    try output.printAsIs(listing(rows.finish()))
  }
}
