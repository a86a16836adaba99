internal import GRDB
internal import Synchronization

/// A row as read, whose columns are found by name at the cost of a look into a table.
struct StoredRow {
  private let values: [StoredValue]
  private let columns: Columns

  init(_ values: [StoredValue], _ columns: Columns) {
    self.values = values
    self.columns = columns
  }

  /// - Precondition: the statement has a column of this name, and its value is of this type.
  subscript<Value: Storable>(_ name: String) -> Value {
    guard let index = columns.indices[name] else { preconditionFailure("there is no column \(name)") }
    guard let value = Value(stored: values[index]) else { preconditionFailure("\(name) holds another kind of value") }
    return value
  }

  /// Where the columns of a statement's rows are, by name.
  final class Columns: Sendable {
    let indices: [String: Int]
    let count: Int

    /// Of the statements that connections keep, too.
    private static let known = Mutex<[String: Columns]>([:])

    convenience init(_ statement: Statement) { self.init(statement.columnNames) }

    /// The first columns of a statement.
    init(_ names: [String]) {
      indices = Dictionary(zip(names, 0...)) { first, _ in first }
      count = names.count
    }

    static func of(_ statement: Statement, sql: String) -> Columns {
      if let found = known.withLock({ $0[sql] }) { return found }
      let columns = Columns(statement)
      known.withLock { $0[sql] = columns }
      return columns
    }
  }
}
