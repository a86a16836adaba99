extension Schema {
  /// What runs by itself, each planned run of it, and when nothing does. A schedule's slots up to its cursor are decided; it is
  /// looked at again when `next_look` comes. A scan's `ignores_blackouts` is an admin's word.
  static let schedules = """
    ALTER TABLE scan ADD COLUMN ignores_blackouts INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE scan ADD COLUMN schedule_id INTEGER;
    CREATE INDEX scan_schedule ON scan(schedule_id, id) WHERE schedule_id IS NOT NULL;
    CREATE TABLE schedule(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      site_id INTEGER NOT NULL REFERENCES site(id),
      expression TEXT NOT NULL,
      time_zone TEXT NOT NULL,
      request TEXT NOT NULL,
      overlap TEXT NOT NULL,
      on_blackout TEXT NOT NULL,
      catch_up_milliseconds INTEGER NOT NULL,
      jitter_milliseconds INTEGER NOT NULL,
      is_paused INTEGER NOT NULL,
      note TEXT,
      expires_at INTEGER,
      created_by TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      revision INTEGER NOT NULL,
      cursor INTEGER NOT NULL,
      next_look INTEGER,
      last_scan_id INTEGER REFERENCES scan(id)
    ) STRICT;
    CREATE INDEX schedule_look ON schedule(next_look) WHERE next_look IS NOT NULL;
    CREATE TABLE schedule_slot(
      schedule_id INTEGER NOT NULL REFERENCES schedule(id) ON DELETE CASCADE,
      slot INTEGER NOT NULL,
      outcome TEXT NOT NULL,
      scan_id INTEGER REFERENCES scan(id),
      reason TEXT,
      decided_at INTEGER NOT NULL,
      PRIMARY KEY (schedule_id, slot)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX schedule_slot_waiting ON schedule_slot(schedule_id, slot) WHERE outcome = 'waiting';
    CREATE TABLE blackout(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      expression TEXT,
      time_zone TEXT,
      duration_milliseconds INTEGER,
      from_at INTEGER,
      to_at INTEGER,
      site_id INTEGER REFERENCES site(id),
      zone_id INTEGER REFERENCES zone(id),
      networks TEXT NOT NULL,
      note TEXT,
      created_by TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      CHECK ((expression IS NULL) = (from_at IS NOT NULL)),
      CHECK (expression IS NULL OR (time_zone IS NOT NULL AND duration_milliseconds IS NOT NULL))
    ) STRICT;
    """
}
