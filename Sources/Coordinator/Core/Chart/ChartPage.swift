/// A part of the merged listing, in key order.
package struct ChartPage: Sendable {
  package var rows: [ChartRow]
  /// Where the search ended before there were rows enough: every row up to here, this place among them, was looked at. Nil: it did
  /// not.
  package var end: ChartPosition?
  /// Endpoints that were looked at for it, those twice that were looked at twice.
  package var looked: Int

  package init(rows: [ChartRow], end: ChartPosition?, looked: Int) {
    self.rows = rows
    self.end = end
    self.looked = looked
  }
}
