internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  static func serviceJoin(endpoint: String, zone: String) -> String {
    """
    LEFT JOIN endpoint_service AS service ON service.endpoint_id = \(endpoint) AND service.zone_id = \(zone)
      LEFT JOIN certificate ON certificate.id = service.certificate_id
    """
  }

  /// The service in a row of what was there before; nil where the zone's agents asked none.
  func zoneService(_ row: StoredRow) throws -> ZoneService? {
    guard let observedAt = row.optionalTime("service_at") else { return nil }
    return ZoneService(
      zone: row.identifier("zone_id"),
      facts: ServiceFacts(
        name: row["service_name"], product: row["service_product"], version: row["service_version"],
        info: row["service_info"], hostName: row["service_host"], confidence: try row.word("service_confidence"),
        tunnel: try row.optionalWord("service_tunnel"), tlsVersion: row["service_tls"], banner: row["service_banner"],
        certificate: try certificate(row)), observedAt: observedAt, since: row.time("service_since"),
      hasPast: row["service_has_past"], job: row.optionalIdentifier("service_job_id"),
      agent: row.identifier("service_agent_id"))
  }

  func certificate(_ row: StoredRow) throws -> CertificateIdentity? {
    guard let digest = row["sha256"] as Data? else { return nil }
    return CertificateIdentity(
      subject: row["subject"], issuer: row["issuer"], alternativeNames: try row.json("names"),
      notBefore: row.time("not_before"), notAfter: row.time("not_after"),
      sha256: digest.hexadecimal)
  }

  func setService(_ service: ZoneService, of endpoint: EndpointID) throws {
    let facts = service.facts
    let certificate = try facts.certificate.map { try noteCertificate($0, at: service.observedAt) }
    let text = try noteText(RecordText(service: facts))
    // Not replaced, which would tell no trigger of the text that it had.
    try execute(
      """
      INSERT INTO endpoint_service(endpoint_id, zone_id, observed_at, name, product, version, info, host_name,
        tunnel, tls_version, confidence, banner, certificate_id, agent_id, job_id, since, has_past, text_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (endpoint_id, zone_id) DO UPDATE SET observed_at = excluded.observed_at, name = excluded.name,
        product = excluded.product, version = excluded.version, info = excluded.info, host_name = excluded.host_name,
        tunnel = excluded.tunnel, tls_version = excluded.tls_version, confidence = excluded.confidence,
        banner = excluded.banner, certificate_id = excluded.certificate_id, agent_id = excluded.agent_id,
        job_id = excluded.job_id, since = excluded.since, has_past = excluded.has_past, text_id = excluded.text_id
      """,
      [
        endpoint.rawValue, service.zone.rawValue, service.observedAt.milliseconds, facts.name, facts.product,
        facts.version, facts.info, facts.hostName, facts.tunnel?.rawValue, facts.tlsVersion,
        facts.confidence.rawValue, facts.banner, certificate, service.agent.rawValue, service.job?.rawValue,
        service.since.milliseconds, service.hasPast, text,
      ])
  }

  func noteCertificate(_ certificate: CertificateIdentity, at time: Timestamp) throws -> Int64? {
    let digest = Data(hex: certificate.sha256)
    // One certificate never says two things: only its times grow.
    let known = try rows(
      """
      UPDATE certificate SET first_seen = min(first_seen, ?2), last_seen = max(last_seen, ?2) WHERE sha256 = ?1
      RETURNING id
      """, [digest, time.milliseconds]
    ).first
    if let known { return known["id"] }
    return try insert(
      """
      INSERT INTO certificate(sha256, subject, issuer, names, not_before, not_after, first_seen, last_seen, text_id)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)
      """,
      [
        digest, certificate.subject, certificate.issuer, try jsonText(certificate.alternativeNames),
        certificate.notBefore.milliseconds, certificate.notAfter.milliseconds, time.milliseconds,
        try noteText(RecordText(certificate: certificate)),
      ])
  }
}

extension Data {
  /// Two digits an octet; what is no digit counts as 0, which reading a report rules out.
  fileprivate init(hex text: String) {
    let digits = text.utf8.map { UInt8($0 | 0x20) }.map { $0 < 0x3a ? $0 &- 0x30 : $0 &- 0x57 }
    self.init(stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
  }
}

extension Sequence<UInt8> {
  /// Two lowercase digits an octet.
  var hexadecimal: String {
    var digits: [UInt8] = []
    digits.reserveCapacity(underestimatedCount * 2)
    for octet in self {
      for digit in [octet >> 4, octet & 0xf] { digits.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
    }
    return String(decoding: digits, as: UTF8.self)
  }
}
