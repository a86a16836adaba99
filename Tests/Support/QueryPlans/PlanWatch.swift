package import CoordinatorStore

/// Judges the plan of every statement that a store is about to run, so that each test of a store is a test of its queries too: a
/// statement that would read a growing table from end to end fails, and with it what ran it.
package struct PlanWatch: StatementWatch {
  private let next: (any StatementWatch)?

  /// `next` is asked as well, first.
  package init(_ next: (any StatementWatch)? = nil) { self.next = next }

  package func willRun(_ sql: String) throws {
    try next?.willRun(sql)
    try PlanJudge.shared.judge(sql)
  }
}
