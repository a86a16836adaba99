internal import GRDB

/// The text of a statement that a transaction runs again and again.
final class RepeatedSQL: Sendable {
  let text: String

  init(_ text: String) { self.text = text }
}

/// Statements that a transaction runs for each row of a chunk, found without their letters: to find one by those takes as long as
/// to run it. Lives no longer than its session.
final class StatementShelf {
  typealias Found = (statement: Statement, columns: StoredRow.Columns)

  private var statements: [UnsafeRawPointer: Found] = [:]

  func statement(_ sql: StaticString, in database: Database) throws -> Found {
    try statement(at: UnsafeRawPointer(sql.utf8Start), in: database) { sql.description }
  }

  func statement(_ sql: RepeatedSQL, in database: Database) throws -> Found {
    try statement(at: UnsafeRawPointer(Unmanaged.passUnretained(sql).toOpaque()), in: database) { sql.text }
  }

  private func statement(
    at place: UnsafeRawPointer, in database: Database, _ text: () -> String
  ) throws -> Found {
    if let known = statements[place] { return known }
    let text = text()
    let statement = try database.cachedStatement(sql: text)
    let found = (statement, StoredRow.Columns.of(statement, sql: text))
    statements[place] = found
    return found
  }
}
