internal import GRDB
internal import Synchronization

/// A row whose columns are found by name at the cost of a look into a table: GRDB compares names letter by letter, upper
/// and lower case alike, at each access.
struct StoredRow {
  private let row: Row
  private let columns: Columns

  init(_ row: Row, _ columns: Columns) {
    self.row = row
    self.columns = columns
  }

  /// - Precondition: the statement has a column of this name, and its value is of this type.
  subscript<Value: DatabaseValueConvertible>(_ name: String) -> Value {
    guard let index = columns.indices[name] else { preconditionFailure("there is no column \(name)") }
    return row[index]
  }

  /// Where the columns of a statement's rows are, by name.
  final class Columns: Sendable {
    let indices: [String: Int]

    /// Of the statements that connections keep, too.
    private static let known = Mutex<[String: Columns]>([:])

    init(_ statement: Statement) {
      indices = Dictionary(zip(statement.columnNames, 0...)) { first, _ in first }
    }

    static func of(_ statement: Statement, sql: String) -> Columns {
      if let found = known.withLock({ $0[sql] }) { return found }
      let columns = Columns(statement)
      known.withLock { $0[sql] = columns }
      return columns
    }
  }
}
