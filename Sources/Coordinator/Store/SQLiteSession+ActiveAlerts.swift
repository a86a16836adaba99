internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func certificatesEnding(
    after: Timestamp, before: Timestamp, untold source: String, limit: Int
  ) throws -> [CertificateUse] {
    try rows(
      """
      SELECT c.id, c.subject, c.not_after, s.endpoint_id, s.observed_at, s.agent_id, e.site_id, e.scope, e.address,
        e.transport, e.port
      FROM certificate AS c JOIN endpoint_service AS s ON s.certificate_id = c.id JOIN endpoint AS e ON e.id = s.endpoint_id
      WHERE c.not_after > ? AND c.not_after <= ? AND e.state = \(EndpointState.open.code)
        AND NOT EXISTS (SELECT 1 FROM told WHERE told.source = ? AND told.subject = s.endpoint_id || '/' || c.id)
      ORDER BY c.not_after, c.id LIMIT ?
      """, [after.milliseconds, before.milliseconds, source, limit]
    ).map { row in
      CertificateUse(
        endpoint: row.identifier("endpoint_id"),
        host: ChartHost(
          site: row.identifier("site_id"), scope: HostScope(rawValue: row["scope"]), address: try row.address("address")
        ),
        key: ProtocolPort(try row.transport(), try row.port()), certificate: row["id"], subject: row["subject"],
        notAfter: row.time("not_after"), observedAt: row.time("observed_at"), agent: row.identifier("agent_id"))
    }
  }

  func dueActiveAlerts(before time: Timestamp, limit: Int) throws -> [ActiveAlert] {
    try rows(
      "SELECT * FROM active_alert WHERE next_at <= ? ORDER BY next_at LIMIT ?", [time.milliseconds, limit]
    ).map { row in
      let endedAt = row.optionalTime("ends_at")
      let alert = AlertmanagerAlert(
        labels: try row.json("labels"), annotations: try row.json("annotations"), startsAt: row.time("starts_at"),
        endsAt: endedAt ?? time + AlertmanagerAlert.life)
      return ActiveAlert(
        receiver: row.identifier("receiver_id"), subject: row["subject"], kind: try row.word("kind"), alert: alert,
        endedAt: endedAt, expiresAt: row.time("expires_at"), nextAt: row.time("next_at"))
    }
  }

  func setActiveAlert(_ active: ActiveAlert) throws {
    try execute(
      """
      INSERT INTO active_alert(receiver_id, fingerprint, subject, kind, labels, annotations, starts_at, ends_at,
        expires_at, next_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (receiver_id, fingerprint) DO UPDATE SET annotations = excluded.annotations,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, expires_at = excluded.expires_at,
        next_at = excluded.next_at
      """,
      [
        active.receiver.rawValue, active.alert.fingerprint, active.subject, active.kind.rawValue,
        try jsonText(active.alert.labels), try jsonText(active.alert.annotations),
        active.alert.startsAt.milliseconds, active.endedAt?.milliseconds, active.expiresAt.milliseconds,
        active.nextAt.milliseconds,
      ])
  }

  func postponeActiveAlert(_ active: ActiveAlert, to time: Timestamp) throws {
    // That alone: what it says may have ended since it was read.
    try execute(
      "UPDATE active_alert SET next_at = ? WHERE receiver_id = ? AND fingerprint = ?",
      [time.milliseconds, active.receiver.rawValue, active.alert.fingerprint])
  }

  func removeActiveAlert(_ active: ActiveAlert) throws {
    try execute(
      "DELETE FROM active_alert WHERE receiver_id = ? AND fingerprint = ?",
      [active.receiver.rawValue, active.alert.fingerprint])
  }
}
