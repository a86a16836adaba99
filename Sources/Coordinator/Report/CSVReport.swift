internal import Listing
internal import Wire

/// A report's endpoints for a spreadsheet: a cell that one would take for a formula, a command to fetch or to run, begins with an
/// apostrophe, and what could steer a terminal is escaped. `ports -o csv` is for programs and alters nothing.
struct CSVReport: ReportBody {
  static let beginsWithCounts = false

  func beginning(_ summary: ReportSummary) -> String {
    CSVText.record((EndpointCells.hostColumns + EndpointCells.columns).map(\.key))
  }

  mutating func rows(_ rows: [PortRow]) -> String {
    rows.map { row in CSVText.record((EndpointCells.host(row) + EndpointCells.cells(row)).map(Self.field)) }.joined()
  }

  mutating func end() -> String { "" }

  /// A line more would be a record more.
  func lastLine(digest: String) -> String? { nil }

  private static func field(_ value: ListingValue) -> String {
    guard case .text(let text) = value else { return value.plainText }
    return CSVText.guarded(PrintableText.escaped(text))
  }
}
