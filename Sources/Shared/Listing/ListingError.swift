/// Columns asked for that the listing does not have.
package struct ListingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// As they were asked for.
  package let unknownColumns: [String]

  /// All there are.
  package let knownColumns: [String]

  package var description: String {
    let unknown = unknownColumns.map { "\"\(PrintableText.escaped($0))\"" }.joined(separator: ", ")
    return "no column is called \(unknown); there are \(knownColumns.joined(separator: ", "))"
  }
}
