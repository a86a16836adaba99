/// What becomes of messages, and what is kept of them.
extension Schema {
  /// An `alert_member` is something that an Alertmanager is told of and that can be over: of a group until that is a message, and
  /// of the message from then on. It goes when it is over. A schedule that was removed and has more runs than one transaction
  /// takes away has `removed_at`. A notice with an alert is for that one alone.
  static let deliveries = """
    CREATE TABLE alert_member(
      id INTEGER PRIMARY KEY,
      group_id INTEGER REFERENCES alert_group(id) ON DELETE CASCADE,
      message_key TEXT,
      subject TEXT NOT NULL,
      kind TEXT NOT NULL,
      starts_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX alert_member_subject ON alert_member(subject, kind);
    CREATE INDEX alert_member_group ON alert_member(group_id) WHERE group_id IS NOT NULL;
    CREATE INDEX alert_member_message ON alert_member(message_key) WHERE message_key IS NOT NULL;
    ALTER TABLE alert_group ADD COLUMN is_followed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN is_followed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE notice ADD COLUMN alert_id INTEGER;
    ALTER TABLE alert_state ADD COLUMN purged_before INTEGER;
    ALTER TABLE schedule ADD COLUMN removed_at INTEGER;
    CREATE INDEX schedule_removed ON schedule(removed_at) WHERE removed_at IS NOT NULL;
    CREATE INDEX message_age ON message(created_at);
    CREATE INDEX told_age ON told(at);
    INSERT OR IGNORE INTO told(source, subject, at)
      SELECT 'certificate:' || a.id || ':' || coalesce(a.rule ->> '$.certificateDays', 21), t.subject, t.at
      FROM alert AS a JOIN told AS t ON t.source = 'certificate-' || coalesce(a.rule ->> '$.certificateDays', 21)
      WHERE EXISTS (SELECT 1 FROM json_each(a.rule, '$.kinds') WHERE value = 'certificate-expiring');
    DELETE FROM told WHERE source GLOB 'certificate-*';
    """
}
