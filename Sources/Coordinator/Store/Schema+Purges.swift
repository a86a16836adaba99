/// What is left of what was purged.
extension Schema {
  /// `purged_at`: from then on the scan's results are not spoken of. `is_purging`: rows of them may still be there.
  static let purges = """
    ALTER TABLE scan ADD COLUMN purged_at INTEGER;
    ALTER TABLE scan ADD COLUMN is_purging INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX scan_ended ON scan(finished_at) WHERE finished_at IS NOT NULL AND purged_at IS NULL;
    CREATE INDEX scan_purging ON scan(id) WHERE is_purging = 1;
    CREATE TABLE purge(
      kind TEXT PRIMARY KEY,
      count INTEGER NOT NULL,
      before_at INTEGER NOT NULL,
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}
