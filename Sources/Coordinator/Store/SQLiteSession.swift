internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

/// One transaction on the SQLite file. Lives no longer than the closure it is given to, on that connection's queue.
struct SQLiteSession: WriteSession {
  let database: Database
  var watch: (any StatementWatch)?

  func generation() throws -> Int64 {
    try row("SELECT generation FROM coordinator WHERE id = 1")?["generation"] ?? 1
  }

  private func statement(_ sql: String) throws -> Statement {
    try watch?.willRun(sql)
    return try database.cachedStatement(sql: sql)
  }

  func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [StoredRow] {
    let statement = try statement(sql)
    let columns = StoredRow.Columns.of(statement, sql: sql)
    return try Row.fetchAll(statement, arguments: arguments).map { StoredRow($0, columns) }
  }

  /// For statements that are made up of conditions: kept, they would pile up.
  func uncachedRows(_ sql: String, _ arguments: StatementArguments) throws -> [StoredRow] {
    try watch?.willRun(sql)
    let statement = try database.makeStatement(sql: sql)
    let columns = StoredRow.Columns(statement)
    return try Row.fetchAll(statement, arguments: arguments).map { StoredRow($0, columns) }
  }

  func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> StoredRow? {
    let statement = try statement(sql)
    return try Row.fetchOne(statement, arguments: arguments).map {
      StoredRow($0, StoredRow.Columns.of(statement, sql: sql))
    }
  }

  func number(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int {
    try Int.fetchOne(try statement(sql), arguments: arguments) ?? 0
  }

  func execute(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
    try statement(sql).execute(arguments: arguments)
  }

  /// Runs an INSERT and returns the new row's id.
  func insert(_ sql: String, _ arguments: StatementArguments) throws -> Int64 {
    try execute(sql, arguments)
    return database.lastInsertedRowID
  }
}
