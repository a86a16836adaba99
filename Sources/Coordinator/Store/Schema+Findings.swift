/// What a person should look at, and what people expect.
extension Schema {
  /// `endpoint.findings` has a bit for each rule that follows from the endpoint alone (`FindingSet`). A finding that is so again
  /// is the same finding, with what people said of it.
  static let findings = """
    ALTER TABLE endpoint ADD COLUMN findings INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE finding(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      rule TEXT NOT NULL,
      site_id INTEGER NOT NULL REFERENCES site(id),
      endpoint_id INTEGER REFERENCES endpoint(id) ON DELETE CASCADE,
      subject TEXT NOT NULL,
      detail TEXT,
      since INTEGER NOT NULL,
      gone_at INTEGER,
      acknowledged_until INTEGER,
      acknowledged_note TEXT,
      acknowledged_by TEXT
    ) STRICT;
    CREATE UNIQUE INDEX finding_subject ON finding(rule, site_id, coalesce(endpoint_id, 0), subject);
    CREATE INDEX finding_end ON finding(gone_at) WHERE gone_at IS NOT NULL;
    CREATE INDEX finding_endpoint ON finding(endpoint_id) WHERE endpoint_id IS NOT NULL;
    CREATE TABLE expectation(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      site_id INTEGER REFERENCES site(id),
      hosts TEXT NOT NULL,
      ports TEXT NOT NULL,
      processes TEXT NOT NULL,
      users TEXT NOT NULL,
      exposure TEXT NOT NULL CHECK (exposure IN ('any', 'local')),
      is_required INTEGER NOT NULL,
      note TEXT
    ) STRICT;
    """
}
