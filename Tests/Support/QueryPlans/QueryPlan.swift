internal import Foundation

/// How SQLite would find the rows of a statement, a line for each table that it reads.
package struct QueryPlan: Sendable {
  package let details: [String]

  /// The first line that reads a growing table from end to end, or builds an index of it for this one question; nil: there is none,
  /// or it may.
  func firstFault(in sql: String) -> String? {
    details.first { detail in
      if detail.contains("AUTOMATIC") { return true }
      guard let table = scannedTable(detail, sql), !BoundedTables.names.contains(table) else { return false }
      return !AllowedScan.all.contains { $0.allows(detail, of: table, in: sql) }
    }
  }

  /// The table that a line scans; nil: it scans none, but a subquery, a list of values or the words of full text.
  private func scannedTable(_ detail: String, _ sql: String) -> String? {
    let words = detail.split(separator: " ")
    guard words.count > 1, words[0] == "SCAN", !detail.contains("VIRTUAL TABLE"), detail != "SCAN CONSTANT ROW" else {
      return nil
    }
    let name = String(words[1])
    guard name.first?.isLetter == true else { return nil }
    // SQLite looks for rows that refer to a new one only while its transaction holds a deferred violation (sqlite.org/foreignkeys.html,
    // 4.2), and none is deferred here.
    if sql.hasPrefix("INSERT INTO"), !sql.contains(name) { return nil }
    return sql.tablesByAlias[name] ?? name
  }
}

extension String {
  /// Tables to which the statement gives another name, by that name.
  fileprivate var tablesByAlias: [String: String] {
    let pairs = matches(of: /(?i)\b([a-z_]+)\s+AS\s+([a-z_]+)\b/).map { (String($0.output.2), String($0.output.1)) }
    return Dictionary(pairs) { first, _ in first }
  }
}
