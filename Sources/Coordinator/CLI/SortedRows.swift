internal import Listing

/// The first rows, in an order, of a list that is read once and may be of any length: as many are kept as are asked for, or at most
/// `boundWithoutLimit`.
struct SortedRows<Row> {
  private struct Entry {
    let keys: [ListingSortKey]
    let number: Int
    let row: Row
  }

  private let order: ListingOrder
  private let limit: Int?
  private let bound: Int
  private var entries: [Entry] = []
  private var count = 0
  /// The last of the first rows that were kept when there was no room last: what does not go before it need not be looked at.
  private var worst: [ListingSortKey]?

  /// A limit beyond the bound is none: there may be fewer rows.
  init(_ order: ListingOrder, limit: Int?, bound: Int = sortedRowsBound) {
    self.order = order
    self.limit = limit.flatMap { $0 > bound ? nil : $0 }
    self.bound = bound
  }

  /// `values` are the row's cells. Throws a `CommandFailure` where all rows are wanted and there are more than the bound: a
  /// part of them in order would look like the whole.
  mutating func add(_ row: Row, _ values: [ListingValue]) throws {
    count += 1
    let keys = order.keys(of: values)
    if let worst, !order.goesBefore(keys, worst) { return }
    entries.append(Entry(keys: keys, number: count, row: row))
    guard let limit else {
      guard entries.count <= bound else {
        throw CommandFailure(
          "--sort: more than \(bound) rows would have to be sorted; narrow the query, or take the first \(bound) at most with --limit"
        )
      }
      return
    }
    if entries.count >= 2 * max(limit, 512) { keepFirst(limit) }
  }

  private mutating func keepFirst(_ limit: Int) {
    entries.sort { left, right in
      if order.goesBefore(left.keys, right.keys) { return true }
      return !order.goesBefore(right.keys, left.keys) && left.number < right.number
    }
    guard entries.count >= limit else { return }
    entries.removeSubrange(limit...)
    worst = entries.last?.keys
  }

  /// In order; rows of equal keys in the order in which they came.
  mutating func finish() -> [Row] {
    keepFirst(limit ?? .max)
    return entries.map(\.row)
  }
}

/// A listing of so many rows, in cells, takes some 200 MB.
let sortedRowsBound = 100_000
