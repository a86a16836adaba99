/// What services are at the endpoints, as agents have identified them.
extension Schema {
  /// The endpoint repeats what its merged row shows, so that a query needs no join; products compare without regard to case.
  /// A certificate is one row, however many endpoints show it.
  static let services = """
    ALTER TABLE scan ADD COLUMN identifies INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE endpoint ADD COLUMN service TEXT;
    ALTER TABLE endpoint ADD COLUMN product TEXT COLLATE NOCASE;
    ALTER TABLE endpoint ADD COLUMN version TEXT;
    CREATE INDEX endpoint_named ON endpoint(service, site_id, scope, address, transport, port)
      WHERE service IS NOT NULL;
    CREATE INDEX endpoint_product ON endpoint(product, site_id, scope, address, transport, port)
      WHERE product IS NOT NULL;
    CREATE TABLE certificate(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      sha256 BLOB NOT NULL UNIQUE,
      subject TEXT NOT NULL,
      issuer TEXT NOT NULL,
      names TEXT NOT NULL,
      not_before INTEGER NOT NULL,
      not_after INTEGER NOT NULL,
      first_seen INTEGER NOT NULL,
      last_seen INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE endpoint_service(
      endpoint_id INTEGER NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,
      zone_id INTEGER NOT NULL REFERENCES zone(id),
      observed_at INTEGER NOT NULL,
      name TEXT,
      product TEXT,
      version TEXT,
      info TEXT,
      host_name TEXT,
      tunnel TEXT,
      tls_version TEXT,
      confidence TEXT NOT NULL,
      banner TEXT,
      certificate_id INTEGER REFERENCES certificate(id),
      agent_id INTEGER NOT NULL REFERENCES agent(id),
      job_id INTEGER REFERENCES job(id),
      PRIMARY KEY (endpoint_id, zone_id)
    ) STRICT;
    CREATE INDEX endpoint_service_certificate ON endpoint_service(certificate_id) WHERE certificate_id IS NOT NULL;
    """
}
