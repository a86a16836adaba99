extension Schema {
  /// Ways to endpoints that are few among many (`ChartPath`): all partial, so that a scan of strangers' hosts writes none of them.
  static let paths = """
    CREATE INDEX endpoint_scoped ON endpoint(site_id, address) WHERE scope <> '';
    CREATE INDEX endpoint_inhabited ON endpoint(site_id, scope, address, transport, port)
      WHERE inside_agent_id IS NOT NULL;
    CREATE INDEX endpoint_findings ON endpoint(site_id, scope, address, transport, port) WHERE findings <> 0;
    CREATE INDEX host_scoped ON host_view(site_id, address) WHERE scope <> '';
    CREATE INDEX endpoint_changed ON endpoint(differed_at) WHERE differed_at IS NOT NULL;
    """
}
