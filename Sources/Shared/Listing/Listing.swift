/// Rows under columns: what every listing command prints, in whatever format.
package struct Listing: Sendable {
  package var columns: [ListingColumn]

  /// Values by column, in the columns' order; a short row ends in absent values.
  package var rows: [[ListingValue]]

  package init(columns: [ListingColumn], rows: [[ListingValue]] = []) {
    self.columns = columns
    self.rows = rows
  }
}
