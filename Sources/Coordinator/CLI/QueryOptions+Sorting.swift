internal import Listing
internal import Model
internal import Wire

extension QueryOptions {
  /// Prints a list in the order that is asked for. Every page is read, and with a limit the first so many of all rows are kept.
  ///
  /// `sorted` has the fields that may be sorted by, `listing` what is printed; nil: the same.
  /// - Throws: a `CommandFailure`, and what reading throws.
  @discardableResult
  func printSorted<Row: Codable & Sendable>(
    _ path: String, asking more: [(name: String, value: String)] = [], by sorted: (([Row]) -> Listing)? = nil,
    _ listing: ([Row]) -> Listing
  ) async throws -> Timestamp? {
    let limit = try checkedLimit()
    return try await output.printRows(
      connection.client(), path, query: parameters + more, limit: limit, sortedLimit: limit, by: sorted, listing)
  }
}
