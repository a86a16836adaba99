import GRDB
import QueryPlans
import Testing

/// What every other test of a store relies on.
@Suite struct PlanJudgeTests {
  @Test(
    "A growing table that is read from end to end is told, whatever it is called and whoever asks",
    arguments: [
      "SELECT * FROM endpoint WHERE reason = ?", "SELECT count(*) FROM listener",
      "SELECT e.id FROM endpoint AS e WHERE e.verdict = 'exposed'", "UPDATE lease SET outcome = NULL",
      "DELETE FROM notice WHERE accepted_at < ?",
      "SELECT 1 FROM site JOIN chunk ON chunk.accepted_at > site.created_at",
      "SELECT * FROM endpoint_view ORDER BY observed_at LIMIT 1", "DELETE FROM lane WHERE id = ?",
      "SELECT * FROM job WHERE id IN (SELECT job_id FROM lease WHERE outcome IS NULL)",
    ])
  func findsScans(sql: String) {
    #expect(throws: SlowPlan.self) { try PlanJudge.shared.judge(sql) }
    // It is remembered.
    #expect(throws: SlowPlan.self) { try PlanJudge.shared.judge(sql) }
  }

  @Test(
    "What an index finds, what is bounded and what is no table is no fault",
    arguments: [
      "SELECT * FROM endpoint WHERE id = ?", "SELECT * FROM site ORDER BY created_at", "SELECT changes()",
      "SELECT value FROM json_each(?)", "SELECT * FROM lease WHERE ended_at IS NULL AND agent_id = ?",
      "INSERT INTO scan(site_id, state, targets) VALUES (?, ?, ?)",
    ])
  func letsPass(sql: String) throws { try PlanJudge.shared.judge(sql) }

  @Test("What SQLite cannot read is its error")
  func refuses() {
    #expect(throws: DatabaseError.self) { try PlanJudge.shared.judge("SELECT nothing FROM nowhere") }
  }
}
