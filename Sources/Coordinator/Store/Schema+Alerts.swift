/// Notices, alerts, and what is sent to whom.
extension Schema {
  /// The feed only grows at its end; what has been matched is taken away from its beginning. `alert_state` is one row: the kinds
  /// that alerts want, and how far the feed has been matched. A group gathers matches until it becomes a message; a message goes
  /// to each receiver as a delivery. `told` remembers what must be told once only.
  static let alerts = """
    CREATE TABLE notice(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      site_id INTEGER NOT NULL REFERENCES site(id),
      zone_id INTEGER REFERENCES zone(id),
      is_self_view INTEGER NOT NULL,
      scope TEXT NOT NULL,
      address BLOB,
      transport INTEGER,
      port INTEGER,
      before TEXT,
      after TEXT,
      observed_at INTEGER NOT NULL,
      accepted_at INTEGER NOT NULL,
      job_id INTEGER,
      agent_id INTEGER,
      scan_id INTEGER,
      evidence TEXT
    ) STRICT;
    CREATE TABLE alert_state(
      id INTEGER PRIMARY KEY CHECK (id = 1),
      wanted TEXT NOT NULL,
      cursor INTEGER NOT NULL
    ) STRICT;
    INSERT INTO alert_state(id, wanted, cursor) VALUES (1, '', 0);
    CREATE TABLE receiver(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      settings TEXT NOT NULL,
      secrets TEXT NOT NULL,
      note TEXT,
      created_at INTEGER NOT NULL,
      changed_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE alert(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      site_id INTEGER REFERENCES site(id),
      is_paused INTEGER NOT NULL,
      rule TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      changed_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE alert_receiver(
      alert_id INTEGER NOT NULL REFERENCES alert(id) ON DELETE CASCADE,
      receiver_id INTEGER NOT NULL REFERENCES receiver(id),
      PRIMARY KEY (alert_id, receiver_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX alert_receiver_owner ON alert_receiver(receiver_id);
    CREATE TABLE alert_group(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      alert_id INTEGER NOT NULL REFERENCES alert(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      opened_at INTEGER NOT NULL,
      due_at INTEGER NOT NULL,
      content TEXT NOT NULL,
      UNIQUE (alert_id, name)
    ) STRICT;
    CREATE INDEX alert_group_due ON alert_group(due_at);
    CREATE TABLE message(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      key TEXT NOT NULL UNIQUE,
      alert_id INTEGER,
      body TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE delivery(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
      receiver_id INTEGER NOT NULL,
      receiver TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
      attempts INTEGER NOT NULL,
      next_at INTEGER NOT NULL,
      tried_at INTEGER,
      settled_at INTEGER,
      error TEXT,
      UNIQUE (message_id, receiver_id)
    ) STRICT;
    CREATE INDEX delivery_due ON delivery(receiver_id, next_at, id) WHERE state = 'pending';
    CREATE INDEX delivery_state ON delivery(state, id);
    CREATE TABLE active_alert(
      receiver_id INTEGER NOT NULL,
      fingerprint TEXT NOT NULL,
      subject TEXT NOT NULL,
      kind TEXT NOT NULL,
      labels TEXT NOT NULL,
      annotations TEXT NOT NULL,
      starts_at INTEGER NOT NULL,
      ends_at INTEGER,
      expires_at INTEGER NOT NULL,
      next_at INTEGER NOT NULL,
      PRIMARY KEY (receiver_id, fingerprint)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX active_alert_subject ON active_alert(subject);
    CREATE INDEX active_alert_due ON active_alert(next_at);
    CREATE INDEX certificate_end ON certificate(not_after);
    CREATE TABLE told(
      source TEXT NOT NULL,
      subject TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (source, subject)
    ) STRICT, WITHOUT ROWID;
    """
}
