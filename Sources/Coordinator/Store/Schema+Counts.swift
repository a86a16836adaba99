extension Schema {
  /// How many endpoints of the chart share what a count is asked by most: written in the transaction that changes the endpoints
  /// (`EndpointTally`), so that nobody walks millions of them to count. Zone 0, an empty state and an empty service stand for none.
  static let counts = """
    CREATE TABLE endpoint_count(
      port INTEGER NOT NULL,
      transport INTEGER NOT NULL,
      site_id INTEGER NOT NULL REFERENCES site(id),
      zone_id INTEGER NOT NULL,
      state TEXT NOT NULL,
      service TEXT NOT NULL,
      is_listened INTEGER NOT NULL,
      endpoints INTEGER NOT NULL,
      PRIMARY KEY (port, transport, site_id, zone_id, state, service, is_listened)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO endpoint_count(port, transport, site_id, zone_id, state, service, is_listened, endpoints)
      SELECT port, transport, site_id, coalesce(zone_id, 0), coalesce(state, ''), coalesce(service, ''),
        listener_id IS NOT NULL, count(*)
      FROM endpoint WHERE state IS NOT NULL OR listener_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7;
    """
}
