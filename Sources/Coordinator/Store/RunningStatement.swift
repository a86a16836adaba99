internal import FoundationEssentials
internal import GRDB
internal import GRDBSQLite
internal import Model

/// One execution of a prepared statement, on SQLite's own calls: binding and reading through the library's objects costs more than
/// most statements themselves. Lives on its connection's queue, no longer than the closure it is given to.
struct RunningStatement {
  private let pointer: OpaquePointer

  /// Binds, runs `body`, and makes the statement ready for its next execution, whatever comes of it.
  ///
  /// Throws a `DatabaseError`, a `CancellationError` once whoever waits has given up, or what `body` throws.
  static func run<Result>(
    _ statement: Statement, _ arguments: StoredArguments, _ body: (RunningStatement) throws -> Result
  ) throws -> Result {
    let running = RunningStatement(pointer: statement.sqliteStatement)
    defer {
      // An error of the execution before is all that a reset reports (sqlite.org/c3ref/reset.html).
      sqlite3_reset(running.pointer)
      sqlite3_clear_bindings(running.pointer)
    }
    return try arguments.octets.withUnsafeBufferPointer { octets in
      var start = 0
      for (index, cell) in arguments.cells.enumerated() {
        try running.bind(cell, at: Int32(index + 1), octets, &start)
      }
      return try body(running)
    }
  }

  /// `octets` has what texts and blobs hold, so that SQLite need not copy each of them; `start` is where that of this one begins.
  private func bind(
    _ cell: StoredArguments.Cell, at index: Int32, _ octets: UnsafeBufferPointer<UInt8>, _ start: inout Int
  ) throws {
    let code: Int32
    switch cell {
    case .null: code = sqlite3_bind_null(pointer, index)
    case .integer(let number): code = sqlite3_bind_int64(pointer, index, number)
    case .real(let number): code = sqlite3_bind_double(pointer, index, number)
    case .text(let count):
      // Without octets there is no address, and none would bind NULL. A nil destructor is SQLITE_STATIC: the octets stay where
      // they are until the statement is reset.
      code =
        octets.baseAddress.map { base in
          (base + start).withMemoryRebound(to: CChar.self, capacity: count) {
            sqlite3_bind_text(pointer, index, $0, Int32(count), nil)
          }
        } ?? sqlite3_bind_text(pointer, index, "", 0, nil)
      start += count
    case .blob(let count):
      code =
        octets.baseAddress.map { sqlite3_bind_blob(pointer, index, $0 + start, Int32(count), nil) }
        ?? sqlite3_bind_zeroblob(pointer, index, 0)
      start += count
    }
    guard code == SQLITE_OK else { throw failure(code) }
  }

  /// True: a row is there; false: the statement is through.
  func step() throws -> Bool {
    switch sqlite3_step(pointer) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    // Nothing interrupts a statement but the end of the task that waits for it.
    case SQLITE_INTERRUPT: throw CancellationError()
    case let code: throw failure(code)
    }
  }

  /// Binds what `seen_again` shall tell; it must stay where it is until the statement is reset.
  ///
  /// Throws a `DatabaseError`.
  func bind(_ sightings: UnsafeMutablePointer<SeenAgain>, at index: Int32) throws {
    let code = SeenAgain.bind(sightings, at: index, of: pointer)
    guard code == SQLITE_OK else { throw failure(code) }
  }

  /// Binds what `looked_at` counts with; it must stay where it is until the statement is reset.
  ///
  /// Throws a `DatabaseError`.
  func bind(_ look: UnsafeMutablePointer<RowLook>, at index: Int32) throws {
    let code = RowLook.bind(look, at: index, of: pointer)
    guard code == SQLITE_OK else { throw failure(code) }
  }

  /// Runs a statement that writes to its end. Returns how many rows it wrote.
  ///
  /// Throws as `step` does.
  func write() throws -> Int {
    while try step() {}
    return Int(sqlite3_changes(sqlite3_db_handle(pointer)))
  }

  func value(at column: Int) -> StoredValue {
    let column = Int32(column)
    switch sqlite3_column_type(pointer, column) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(pointer, column))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(pointer, column))
    case SQLITE_TEXT:
      guard let text = sqlite3_column_text(pointer, column) else { return .text("") }
      let octets = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(pointer, column)))
      return .text(String(decoding: octets, as: UTF8.self))
    case SQLITE_BLOB:
      guard let octets = sqlite3_column_blob(pointer, column) else { return .blob(Data()) }
      return .blob(Data(bytes: octets, count: Int(sqlite3_column_bytes(pointer, column))))
    default: return .null
    }
  }

  /// Nil: it is NULL.
  func integer(at column: Int32) -> Int64? {
    sqlite3_column_type(pointer, column) == SQLITE_NULL ? nil : sqlite3_column_int64(pointer, column)
  }

  func hasValue(at column: Int32) -> Bool { sqlite3_column_type(pointer, column) != SQLITE_NULL }

  /// Nil: it is NULL.
  func text(at column: Int32) -> String? {
    guard let text = sqlite3_column_text(pointer, column) else { return nil }
    return String(
      decoding: UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(pointer, column))), as: UTF8.self)
  }

  /// The octets of a text or a blob, which are there until the next step; none of NULL.
  func withOctets<Result>(
    at column: Int32, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result {
    let octets = sqlite3_column_blob(pointer, column)?.assumingMemoryBound(to: UInt8.self)
    return try body(UnsafeBufferPointer(start: octets, count: Int(sqlite3_column_bytes(pointer, column))))
  }

  /// Nil: it is no address.
  func address(at column: Int32) -> IPAddress? {
    guard let octets = sqlite3_column_blob(pointer, column) else { return nil }
    return IPAddress(
      octets: UnsafeRawBufferPointer(start: octets, count: Int(sqlite3_column_bytes(pointer, column))))
  }

  func row(_ columns: StoredRow.Columns) -> StoredRow {
    StoredRow((0..<columns.count).map(value), columns)
  }

  private func failure(_ code: Int32) -> any Error {
    let message = sqlite3_db_handle(pointer).map { String(cString: sqlite3_errmsg($0)) }
    return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
  }
}
