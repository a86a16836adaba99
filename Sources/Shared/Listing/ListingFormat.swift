/// How a listing is printed. Raw values are the words of `-o`.
package enum ListingFormat: String, Hashable, Sendable, CaseIterable {
  /// For people; fits the terminal.
  case table
  /// For people; every column, however wide.
  case wide
  /// One array of objects.
  case json
  /// An object a line.
  case ndjson
  /// RFC 4180, with a header.
  case csv
  /// The first column alone, a value a line.
  case name
}
