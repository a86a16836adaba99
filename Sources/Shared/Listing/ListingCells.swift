/// The rows of a listing as cells of a table; the last row asked for is kept, because making one may be dear.
final class ListingCells<Rows: RandomAccessCollection>: TableCells where Rows.Element == [ListingValue] {
  private let rows: Rows
  private var last: (number: Int, values: [ListingValue])?

  init(_ rows: Rows) { self.rows = rows }

  var rowCount: Int { rows.count }

  func append(row: Int, column: Int, to bytes: inout [UInt8]) {
    let values: [ListingValue]
    if let last, last.number == row {
      values = last.values
    } else {
      values = rows[rows.index(rows.startIndex, offsetBy: row)]
      last = (row, values)
    }
    if column < values.count { PrintableText.append(values[column].plainText, to: &bytes) }
  }
}
