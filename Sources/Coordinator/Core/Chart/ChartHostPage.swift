/// A part of the hosts that have an endpoint which fits, in key order.
package struct ChartHostPage: Sendable {
  package var rows: [ChartHostRow]
  /// Where the search ended before there were rows enough: every host up to here, this one among them, was looked at. Nil: it did not.
  package var end: ChartHost?
  /// Endpoints that were looked at for it, those twice that were looked at twice.
  package var looked: Int

  package init(rows: [ChartHostRow], end: ChartHost?, looked: Int) {
    self.rows = rows
    self.end = end
    self.looked = looked
  }
}
