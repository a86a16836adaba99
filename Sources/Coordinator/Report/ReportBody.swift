internal import Listing
internal import Wire

/// One format of a report, written in one direction: its beginning, its changes, its rows, its end, and a last line that holds the
/// digest of all lines above it.
protocol ReportBody {
  /// Whether the beginning tells counts, so that it can be written only when all rows are known.
  static var beginsWithCounts: Bool { get }

  /// Whether it has room for what changed.
  static var tellsChanges: Bool { get }

  func beginning(_ summary: ReportSummary) -> String

  /// What changed, the newest first.
  mutating func changes(_ changes: [ChangeRow]) -> String

  /// Ends the changes, of which so many are counted and not listed.
  mutating func endOfChanges(unlisted: Int) -> String

  /// Rows in the list's order, all of the report's time.
  mutating func rows(_ rows: [PortRow]) -> String

  mutating func end() -> String

  /// The last line with its line break; nil where the format has no room for one.
  func lastLine(digest: String) -> String?
}

/// Formats of endpoints alone.
extension ReportBody {
  static var tellsChanges: Bool { false }

  mutating func changes(_ changes: [ChangeRow]) -> String { "" }

  mutating func endOfChanges(unlisted: Int) -> String { "" }
}
