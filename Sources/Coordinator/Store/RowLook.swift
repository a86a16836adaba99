internal import CoordinatorCore
internal import GRDB
internal import GRDBSQLite

/// Counts the rows that a statement looks at, whether they fit or not, and ends it once they are too many: SQLite itself tells of none that
/// it passed, and a statement that is interrupted does not tell where.
///
/// `looked_at(look, id)` holds for every row. It stands first among the conditions, with nothing but the row's own number: so it is asked before
/// the row is read. The first argument is bound as a pointer (sqlite.org/bindptr.html): no text of a statement can make one.
/// `looked_at(look, id, time)` remembers the row's time in milliseconds, too.
struct RowLook {
  private var left: Int
  /// Rows that were looked at.
  private(set) var count = 0
  /// The row that was looked at last.
  private(set) var last: Int64?
  private(set) var lastTime: Int64?
  /// The statement was ended, with an error.
  private(set) var isOver = false

  /// `most`: 1 or more.
  init(most: Int) { left = most }

  private static let function: StaticString = "looked_at"
  private static let pointerType: StaticString = "periplus.RowLook"

  private mutating func look(at row: Int64, time: Int64?) -> Bool {
    guard left > 0 else {
      isOver = true
      return false
    }
    left -= 1
    count += 1
    last = row
    lastTime = time
    return true
  }

  /// Binds a pointer to the look, which must stay where it is until the statement is reset.
  static func bind(_ look: UnsafeMutablePointer<RowLook>, at index: Int32, of statement: OpaquePointer) -> Int32 {
    pointerType.withChars { sqlite3_bind_pointer(statement, index, look, $0, nil) }
  }

  /// Makes the function known to a connection. Throws a `DatabaseError`.
  static func install(in database: Database) throws {
    for arguments in [Int32(2), 3] {
      let code = function.withChars { name in
        sqlite3_create_function_v2(
          database.sqliteConnection, name, arguments, SQLITE_UTF8 | SQLITE_DIRECTONLY, nil,
          { context, count, values in
            guard let values,
              let look = RowLook.pointerType.withChars({ sqlite3_value_pointer(values[0], $0) })?
                .assumingMemoryBound(to: RowLook.self)
            else { return sqlite3_result_int(context, 1) }
            let time = count > 2 ? sqlite3_value_int64(values[2]) : nil
            if look.pointee.look(at: sqlite3_value_int64(values[1]), time: time) {
              sqlite3_result_int(context, 1)
            } else {
              sqlite3_result_error_code(context, SQLITE_ABORT)
            }
          }, nil, nil, nil)
      }
      guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
  }
}
