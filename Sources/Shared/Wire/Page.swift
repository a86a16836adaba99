/// A part of a list. `nextCursor` is absent on the last page; a cursor is opaque and valid for the same query only.
package struct Page<Row: Codable & Sendable>: Codable, Sendable {
  package var rows: [Row]
  package var nextCursor: String?

  package init(rows: [Row], nextCursor: String?) {
    self.rows = rows
    self.nextCursor = nextCursor
  }
}
