extension Schema {
  /// Listeners by when they last had a connection, for the rounds of findings: without it each read every listener of the fleet.
  static let rounds = """
    CREATE INDEX listener_quiet ON listener(coalesce(last_connection_at, first_seen)) WHERE connections IS NOT NULL;
    """
}
