internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

/// One transaction on the SQLite file. Lives no longer than the closure it is given to, on that connection's queue.
struct SQLiteSession: WriteSession {
  let database: Database

  func generation() throws -> Int64 {
    try Int64.fetchOne(database, sql: "SELECT generation FROM coordinator WHERE id = 1") ?? 1
  }

  func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [Row] {
    try Row.fetchAll(try database.cachedStatement(sql: sql), arguments: arguments)
  }

  func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Row? {
    try Row.fetchOne(try database.cachedStatement(sql: sql), arguments: arguments)
  }

  func number(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int {
    try Int.fetchOne(try database.cachedStatement(sql: sql), arguments: arguments) ?? 0
  }

  func execute(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
    try database.cachedStatement(sql: sql).execute(arguments: arguments)
  }

  /// Runs an INSERT and returns the new row's id.
  func insert(_ sql: String, _ arguments: StatementArguments) throws -> Int64 {
    try execute(sql, arguments)
    return database.lastInsertedRowID
  }
}
