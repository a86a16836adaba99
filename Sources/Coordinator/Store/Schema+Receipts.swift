extension Schema {
  /// What was skipped, by whose rule: a scope rule's name (not its id: the receipt outlives the rule), no rule at all, or
  /// an agent's own policy. What was skipped before is counted by nobody's name.
  static let receipts = """
    CREATE TABLE lane_skip(
      lane_id INTEGER NOT NULL REFERENCES lane(id),
      agent_id INTEGER NOT NULL,
      rule TEXT NOT NULL,
      count BLOB NOT NULL,
      PRIMARY KEY (lane_id, agent_id, rule)
    ) STRICT, WITHOUT ROWID;
    """
}
