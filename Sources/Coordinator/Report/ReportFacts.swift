package import Model
package import Wire

/// What a report is about, apart from the endpoints.
package struct ReportFacts: Sendable {
  /// This program's version.
  package var version: String

  /// The command as it was typed.
  package var command: String
  package var query: String
  package var from: Timestamp
  package var to: Timestamp

  /// The coordinator's time when it was asked.
  package var madeAt: Timestamp

  /// Rules of scope as they stand now.
  package var rules: [ScopeRuleRow]

  /// Scans of the time, the newest first.
  package var scans: [ScanRow]

  package init(
    version: String, command: String, query: String, from: Timestamp, to: Timestamp, madeAt: Timestamp,
    rules: [ScopeRuleRow], scans: [ScanRow]
  ) {
    self.version = version
    self.command = command
    self.query = query
    self.from = from
    self.to = to
    self.madeAt = madeAt
    self.rules = rules.filter { $0.createdAt <= to && ($0.until ?? to) >= from }
    self.scans = scans
  }

  /// What this report cannot tell, a line each.
  package static let limits = [
    "Audit log: there is none yet, so its head is not stated.",
    "States and owners are those of the time's end, of the endpoints that were seen in the time; rules that were removed are not shown.",
    "Changes are chosen by their endpoints as these are now: state:open leaves out what closed since; ask by net, port or site for all.",
  ]

  /// What stands where no change is.
  var noChange: String {
    query.isEmpty
      ? "Nothing that was seen in the time was another than before."
      : "Of what fits the query now, nothing that was seen in the time was another than before."
  }

  /// Tells of changes that are counted alone, and how they are listed: `--to` of that command is the first moment left out.
  func unlistedChanges(_ count: Int) -> String {
    let query = query.isEmpty ? "" : " '\(query.replacing("'", with: "'\\''"))'"
    let end = to + .milliseconds(1)
    return "\(count) earlier changes are counted and not listed: "
      + "periplus changes\(query) --from \(from) --to \(end) -o csv lists all."
  }

  /// Whether a scan was queued or running at any moment of the time.
  package static func isInTime(_ scan: ScanRow, from: Timestamp, to: Timestamp) -> Bool {
    scan.createdAt <= to && (scan.finishedAt.map { $0 >= from } ?? true)
  }

  /// Whether an endpoint belongs to the time: it was first seen before its end and last seen after its beginning. What was never
  /// seen open is listened on at the time's end, or was asked for by its state, and belongs to every time.
  package func isInTime(_ row: PortRow) -> Bool {
    (row.firstSeen.map { $0 <= to } ?? true) && (row.lastSeen.map { $0 >= from } ?? true)
  }
}
