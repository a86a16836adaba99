internal import CoordinatorCore
internal import Model

/// Ways to endpoints that fitted a query at an earlier time (`PastPath`).
extension Schema {
  /// What services of an endpoint are or were called, be it from a zone that its merged row does not show, that row itself names another or
  /// none: `field` is 1 for names, 2 for products. What is purged leaves its row: one too many costs a look.
  static let pastPaths = """
    CREATE TABLE service_unshown(
      field INTEGER NOT NULL,
      value TEXT NOT NULL COLLATE NOCASE,
      site_id INTEGER NOT NULL REFERENCES site(id),
      scope TEXT NOT NULL,
      address BLOB NOT NULL,
      transport INTEGER NOT NULL,
      port INTEGER NOT NULL,
      PRIMARY KEY (field, value, site_id, scope, address, transport, port)
    ) STRICT, WITHOUT ROWID;
    \(noteUnshown("endpoint_service", 1, "name", "service"));
    \(noteUnshown("endpoint_service", 2, "product", "product"));
    \(noteUnshown("service_run", 1, "name", "service"));
    \(noteUnshown("service_run", 2, "product", "product"));
    CREATE INDEX listener_port ON listener(agent_id, transport, port);
    CREATE INDEX agent_named ON agent(name);
    """

  private static func noteUnshown(_ table: String, _ field: Int, _ column: String, _ shown: String) -> String {
    """
    INSERT OR IGNORE INTO service_unshown(field, value, site_id, scope, address, transport, port)
    SELECT \(field), s.\(column), e.site_id, e.scope, e.address, e.transport, e.port
    FROM \(table) AS s JOIN endpoint AS e ON e.id = s.endpoint_id
    WHERE s.\(column) IS NOT NULL AND s.\(column) IS NOT e.\(shown)
    """
  }
}

/// Ways to endpoints that were not open at an earlier time (`SQLiteSession.fewPastPlaces`).
extension Schema {
  /// Of an endpoint that was looked at, whether its row tells no view that ever was open: it has several, or was never open.
  static let isUnopened = "state IS NOT NULL AND (tells_view = 0 OR first_seen IS NULL)"

  /// Only what was once in another state than open, is seen from several zones or was never open has rows here.
  static let otherStates = """
    CREATE INDEX view_run_other ON view_run(first_at, until_at, state) WHERE state <> \(EndpointState.open.code);
    CREATE INDEX endpoint_unopened ON endpoint(first_seen) WHERE \(isUnopened);
    CREATE INDEX view_own ON endpoint_view(endpoint_id) WHERE is_self_view = 1;
    """
}
