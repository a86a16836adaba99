internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import GRDBSQLite
internal import Model

/// One transaction on the SQLite file. Lives no longer than the closure it is given to, on that connection's queue.
struct SQLiteSession: WriteSession {
  let database: Database
  var watch: (any StatementWatch)?
  private let shelf = StatementShelf()
  let tally = EndpointTally()
  /// Nil: none is kept.
  private let composed: ComposedStatements?

  init(database: Database, watch: (any StatementWatch)? = nil, composed: ComposedStatements? = nil) {
    self.database = database
    self.watch = watch
    self.composed = composed
  }

  func generation() throws -> Int64 {
    try row("SELECT generation FROM coordinator WHERE id = 1")?["generation"] ?? 1
  }

  private func statement(_ sql: String) throws -> Statement {
    try watch?.willRun(sql)
    return try database.cachedStatement(sql: sql)
  }

  func rows(_ sql: String, _ arguments: StoredArguments = []) throws -> [StoredRow] {
    let statement = try statement(sql)
    return try Self.rows(statement, StoredRow.Columns.of(statement, sql: sql), arguments)
  }

  /// For statements that are made up of conditions: kept without end, they would pile up.
  func composedRows(_ sql: String, _ arguments: StoredArguments) throws -> [StoredRow] {
    let statement = try composedStatement(sql)
    return try Self.rows(statement, StoredRow.Columns(statement), arguments)
  }

  /// As above, with `looked_at` as the statement's value number `index`. Nil: more than `most` would have to be looked at.
  func composedRows(
    _ sql: String, _ arguments: StoredArguments, lookAt index: Int32, most: Int
  ) throws -> (rows: [StoredRow], looked: Int)? {
    var look = RowLook(most: most)
    return try withUnsafeMutablePointer(to: &look) { look in
      let statement = try composedStatement(sql)
      let columns = StoredRow.Columns(statement)
      do {
        let rows = try RunningStatement.run(statement, arguments) { running in
          try running.bind(look, at: index)
          var rows: [StoredRow] = []
          while try running.step() { rows.append(running.row(columns)) }
          return rows
        }
        return (rows, look.pointee.count)
      } catch let error as DatabaseError {
        guard look.pointee.isOver else { throw error }
        return nil
      }
    }
  }

  /// As `composedRows`, row by row: nothing is kept of them.
  func eachComposedRow(
    _ sql: String, _ arguments: StoredArguments, _ body: (RunningStatement) throws -> Void
  ) throws {
    try RunningStatement.run(try composedStatement(sql), arguments) { running in
      while try running.step() { try body(running) }
    }
  }

  /// As above, of a statement over endpoints in the listing's order with `looked_at` as its value number `index`: it ends once it has looked
  /// at its share, or `body` wants no more.
  func eachComposedRow(
    _ sql: String, _ arguments: StoredArguments, lookAt index: Int32, _ looks: ChartLooks,
    _ body: (RunningStatement) throws -> Bool
  ) throws -> ChartWayEnd {
    var look = RowLook(most: looks.share)
    return try withUnsafeMutablePointer(to: &look) { look in
      do {
        try RunningStatement.run(try composedStatement(sql), arguments) { running in
          try running.bind(look, at: index)
          while try running.step(), try body(running) {}
        }
        looks.note(look.pointee.count)
      } catch let error as DatabaseError {
        guard look.pointee.isOver, let last = look.pointee.last else { throw error }
        if try isSorted(sql, arguments) {
          looks.spend(look.pointee.count)
          return .sorted
        }
        looks.note(look.pointee.count)
        guard let end = try place(of: EndpointID(last)) else { throw error }
        looks.stop(at: end)
        return .stopped(at: end)
      }
      return .whole
    }
  }

  /// As `composedRows`, of a statement in the order of time, the newest first, with `looked_at` as its value number `index`, which is told of each row's endpoint
  /// and time: it ends once it has looked at as many as `most`, the last of which is the `end`; nil: it has no such value. And it ends in front of a row that
  /// is not wanted any more.
  func composedRows(
    _ sql: String, _ arguments: StoredArguments, lookAt index: Int32, most: Int?,
    while isWanted: (StoredRow) throws -> Bool
  ) throws -> (rows: [StoredRow], end: (time: Timestamp, endpoint: EndpointID)?) {
    var look = RowLook(most: most ?? .max)
    var rows: [StoredRow] = []
    return try withUnsafeMutablePointer(to: &look) { look in
      do {
        let statement = try composedStatement(sql)
        let columns = StoredRow.Columns(statement)
        try RunningStatement.run(statement, arguments) { running in
          if most != nil { try running.bind(look, at: index) }
          while try running.step() {
            let row = running.row(columns)
            guard try isWanted(row) else { return }
            rows.append(row)
          }
        }
        return (rows, nil)
      } catch let error as DatabaseError {
        guard look.pointee.isOver, let endpoint = look.pointee.last, let time = look.pointee.lastTime else {
          throw error
        }
        return (rows, (Timestamp(milliseconds: time), EndpointID(endpoint)))
      }
    }
  }

  /// Whether a statement's rows come out of an index in another order than it asks for. The values tell, too: SQLite makes the plan anew
  /// for a pattern that is bound (sqlite.org/optoverview.html, 5).
  private func isSorted(_ sql: String, _ arguments: StoredArguments) throws -> Bool {
    let plan = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
    return try RunningStatement.run(plan, arguments) { running in
      var isSorted = false
      while try running.step() {
        if running.text(at: 3)?.hasSuffix("ORDER BY") ?? true { isSorted = true }
      }
      return isSorted
    }
  }

  private func composedStatement(_ sql: String) throws -> Statement {
    try watch?.willRun(sql)
    if let composed, composed.isKept(sql) {
      let statement = try database.cachedStatement(sql: sql)
      // One that runs already, further out, must not be begun anew.
      if sqlite3_stmt_busy(statement.sqliteStatement) == 0 { return statement }
    }
    return try database.makeStatement(sql: sql)
  }

  private static func rows(
    _ statement: Statement, _ columns: StoredRow.Columns, _ arguments: StoredArguments
  ) throws -> [StoredRow] {
    try RunningStatement.run(statement, arguments) { running in
      var rows: [StoredRow] = []
      while try running.step() { rows.append(running.row(columns)) }
      return rows
    }
  }

  func row(_ sql: String, _ arguments: StoredArguments = []) throws -> StoredRow? {
    let statement = try statement(sql)
    return try RunningStatement.run(statement, arguments) { running in
      try running.step() ? running.row(StoredRow.Columns.of(statement, sql: sql)) : nil
    }
  }

  /// As `rows`, for statements that run again and again in one transaction.
  func rows(often sql: StaticString, _ arguments: StoredArguments) throws -> [StoredRow] {
    try watch?.willRun(sql.description)
    let (statement, columns) = try shelf.statement(sql, in: database)
    return try Self.rows(statement, columns, arguments)
  }

  func rows(often sql: RepeatedSQL, _ arguments: StoredArguments) throws -> [StoredRow] {
    try watch?.willRun(sql.text)
    let (statement, columns) = try shelf.statement(sql, in: database)
    return try Self.rows(statement, columns, arguments)
  }

  /// For statements with so many rows that to find their columns by name costs more than to read them.
  func eachRow(
    often sql: StaticString, _ arguments: StoredArguments, _ body: (RunningStatement) throws -> Void
  ) throws {
    try watch?.willRun(sql.description)
    try RunningStatement.run(try shelf.statement(sql, in: database).statement, arguments) { running in
      while try running.step() { try body(running) }
    }
  }

  func eachRow(
    often sql: RepeatedSQL, _ arguments: StoredArguments, _ body: (RunningStatement) throws -> Void
  ) throws {
    try watch?.willRun(sql.text)
    try RunningStatement.run(try shelf.statement(sql, in: database).statement, arguments) { running in
      while try running.step() { try body(running) }
    }
  }

  /// As `execute`, for statements that run again and again in one transaction.
  func execute(often sql: StaticString, _ arguments: StoredArguments) throws {
    try watch?.willRun(sql.description)
    try RunningStatement.run(try shelf.statement(sql, in: database).statement, arguments) { running in
      while try running.step() {}
    }
  }

  func execute(often sql: RepeatedSQL, _ arguments: StoredArguments) throws {
    try watch?.willRun(sql.text)
    try RunningStatement.run(try shelf.statement(sql, in: database).statement, arguments) { running in
      while try running.step() {}
    }
  }

  /// For statements of which `body` binds what is more than a value.
  func running<Result>(
    often sql: RepeatedSQL, _ arguments: StoredArguments, _ body: (RunningStatement) throws -> Result
  ) throws -> Result {
    try watch?.willRun(sql.text)
    return try RunningStatement.run(try shelf.statement(sql, in: database).statement, arguments, body)
  }

  func number(_ sql: String, _ arguments: StoredArguments = []) throws -> Int {
    try RunningStatement.run(try statement(sql), arguments) { running in
      try running.step() ? Int(stored: running.value(at: 0)) ?? 0 : 0
    }
  }

  func execute(_ sql: String, _ arguments: StoredArguments = []) throws {
    try RunningStatement.run(try statement(sql), arguments) { running in
      while try running.step() {}
    }
  }

  /// Runs `body`; what it has written is undone if it throws. GRDB's own parses its three statements anew each time.
  ///
  /// Throws what `body` throws. A full disk and the like end the whole transaction (sqlite.org/lang_transaction.html, "Response To
  /// Errors"): then there is nothing left to go back to.
  func inSavepoint(_ body: () throws -> Void) throws {
    func run(_ sql: String) throws {
      _ = try RunningStatement.run(try database.cachedStatement(sql: sql), []) { try $0.step() }
    }
    try run("SAVEPOINT change")
    do {
      try body()
      try run("RELEASE change")
    } catch {
      guard database.isInsideTransaction else { throw error }
      try run("ROLLBACK TO change")
      try run("RELEASE change")
      throw error
    }
  }

  /// Runs an INSERT and returns the new row's id.
  func insert(_ sql: String, _ arguments: StoredArguments) throws -> Int64 {
    try execute(sql, arguments)
    return database.lastInsertedRowID
  }
}
