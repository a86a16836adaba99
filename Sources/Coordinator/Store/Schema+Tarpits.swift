extension Schema {
  /// Hosts that answered at every port, few among all that were looked at. The reason is `ProbeReason.everythingOpen`.
  static let tarpits = """
    CREATE INDEX state_range_tarpit ON state_range(site_id, scope, address, transport, zone_id, observed_at)
      WHERE reason = 'everything-open';
    """
}
