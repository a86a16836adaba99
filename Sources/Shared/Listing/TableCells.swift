/// Cells of a table as octets, made each time they are asked for: a table of any length costs no memory for them.
package protocol TableCells {
  var rowCount: Int { get }

  /// Appends a cell's UTF-8; what could steer a terminal is escaped (`PrintableText`). Cells are asked for row by row.
  func append(row: Int, column: Int, to bytes: inout [UInt8])
}
