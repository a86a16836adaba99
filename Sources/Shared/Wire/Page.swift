package import Model

/// A part of a list. `nextCursor` is absent on the last page; a cursor is opaque and valid for the same query only.
package struct Page<Row: Codable & Sendable>: Codable, Sendable {
  package var rows: [Row]
  package var nextCursor: String?
  /// Of answers about the past: since when the history is whole; absent: nothing of it was purged.
  package var historySince: Timestamp?

  package init(rows: [Row], nextCursor: String?, historySince: Timestamp? = nil) {
    self.rows = rows
    self.nextCursor = nextCursor
    self.historySince = historySince
  }
}
