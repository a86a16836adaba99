/// A statement that would take the longer the more there is.
package struct SlowPlan: Error, CustomStringConvertible {
  /// What SQLite would do, a line of its plan.
  package let detail: String
  package let sql: String

  package var description: String { "\(detail): \(sql)" }
}
