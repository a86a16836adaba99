internal import CoordinatorStore
internal import Foundation
internal import GRDB
internal import Synchronization

/// Asks SQLite for the plan of each statement once, in an empty database of the present schema: the program keeps no statistics
/// (sqlite.org/lang_analyze.html), so that a plan does not depend on what is in the tables.
package final class PlanJudge: Sendable {
  package static let shared = PlanJudge()

  private let database: Result<DatabaseQueue, any Error>
  /// By their text; nil: the plan is good.
  private let judged = Mutex<[String: SlowPlan?]>([:])

  private init() {
    database = Result {
      let folder = FileManager.default.temporaryDirectory.appending(path: "periplus-plans-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      // Open files stay readable without their names.
      defer { try? FileManager.default.removeItem(at: folder) }
      let path = folder.appending(path: "periplus.sqlite").path
      try SQLiteStore(path: path, durability: .none).close()
      var configuration = Configuration()
      configuration.prepareDatabase { database in
        // The store's own, on its connections; a plan does not look at what they answer.
        for name in ["seen_again", "looked_at"] {
          database.add(function: DatabaseFunction(name, argumentCount: nil) { _ in nil })
        }
      }
      return try DatabaseQueue(path: path, configuration: configuration)
    }
  }

  /// Throws a `SlowPlan`, and a `DatabaseError` for a statement that SQLite cannot read.
  package func judge(_ sql: String) throws {
    if let known = judged.withLock({ $0[sql] }) {
      if let slow = known { throw slow }
      return
    }
    let slow = try plan(of: sql).firstFault(in: sql).map { SlowPlan(detail: $0, sql: sql) }
    judged.withLock { $0[sql] = .some(slow) }
    if let slow { throw slow }
  }

  /// The lines of a statement's plan (sqlite.org/eqp.html).
  package func plan(of sql: String) throws -> QueryPlan {
    try database.get().read { database in
      let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
      // Nothing is bound: the plan does not look at values.
      statement.setUncheckedArguments(StatementArguments())
      return QueryPlan(details: try Row.fetchAll(statement).map { $0["detail"] as String })
    }
  }
}
