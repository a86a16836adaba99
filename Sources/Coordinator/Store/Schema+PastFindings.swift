/// What was found, and what people had said of it, at earlier times.
extension Schema {
  /// `finding` has the span that a finding was so in last, and what was said of it last; here are those before. A finding that begins
  /// again leaves the span that it had; an acknowledgement that is renewed or taken back, the one that there was. Of those of before
  /// this migration nobody wrote when they were said: they count as said when the finding was first so.
  static let pastFindings = """
    ALTER TABLE finding ADD COLUMN acknowledged_at INTEGER;
    CREATE TABLE finding_past(
      finding_id INTEGER NOT NULL REFERENCES finding(id) ON DELETE CASCADE,
      since INTEGER NOT NULL,
      until_at INTEGER NOT NULL,
      detail TEXT,
      PRIMARY KEY (finding_id, since)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX finding_past_end ON finding_past(until_at);
    CREATE TRIGGER finding_again AFTER UPDATE OF gone_at ON finding
      WHEN old.gone_at > old.since AND new.gone_at IS NULL BEGIN
      INSERT OR REPLACE INTO finding_past(finding_id, since, until_at, detail)
        VALUES (old.id, old.since, old.gone_at, old.detail);
    END;
    CREATE TABLE acknowledgement_past(
      finding_id INTEGER NOT NULL REFERENCES finding(id) ON DELETE CASCADE,
      from_at INTEGER NOT NULL,
      until_at INTEGER NOT NULL,
      acknowledged_until INTEGER NOT NULL,
      note TEXT,
      acknowledged_by TEXT,
      PRIMARY KEY (finding_id, from_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX acknowledgement_past_end ON acknowledgement_past(until_at);
    CREATE TRIGGER acknowledged_otherwise AFTER UPDATE OF acknowledged_at ON finding
      WHEN old.acknowledged_until IS NOT NULL AND new.acknowledged_at > coalesce(old.acknowledged_at, 0) BEGIN
      INSERT OR REPLACE INTO acknowledgement_past(finding_id, from_at, until_at, acknowledged_until, note, acknowledged_by)
        VALUES (old.id, coalesce(old.acknowledged_at, 0), new.acknowledged_at, old.acknowledged_until,
          old.acknowledged_note, old.acknowledged_by);
    END;
    """
}
