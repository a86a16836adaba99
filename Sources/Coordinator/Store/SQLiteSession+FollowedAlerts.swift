internal import CoordinatorCore
internal import GRDB
internal import Model

/// What Alertmanagers are told of, from when it is matched until it is over.
extension SQLiteSession {
  func follow(_ notices: [ChangeNotice], inGroup name: String, of alert: AlertID) throws {
    for notice in notices where !notice.kind.opposites.isEmpty {
      try execute(
        often: """
          INSERT INTO alert_member(group_id, subject, kind, starts_at)
          SELECT id, ?, ?, ? FROM alert_group WHERE alert_id = ? AND name = ?
          """,
        StoredArguments(values: [
          .text(notice.subject), .text(notice.kind.rawValue), .integer(notice.observedAt.milliseconds),
          .integer(alert.rawValue), .text(name),
        ]))
    }
  }

  func follow(_ message: String, insteadOf group: AlertGroup) throws {
    try execute("UPDATE message SET is_followed = 1 WHERE key = ?", [message])
    try execute(
      "UPDATE alert_member SET group_id = NULL, message_key = ? WHERE group_id = ?", [message, group.id])
  }

  func followed(ofMessage key: String) throws -> Set<FollowedSubject>? {
    guard try row("SELECT 1 FROM message WHERE key = ? AND is_followed", [key]) != nil else { return nil }
    return Set(
      try rows("SELECT subject, kind FROM alert_member WHERE message_key = ?", [key]).map { row in
        FollowedSubject(subject: row["subject"], kind: try row.word("kind"))
      })
  }

  func endActiveAlerts(by notices: [ChangeNotice], at time: Timestamp) throws {
    // Mostly there is no Alertmanager.
    guard
      try row("SELECT 1 FROM alert_member LIMIT 1") != nil || row("SELECT 1 FROM active_alert LIMIT 1") != nil
    else { return }
    for notice in notices { try endActiveAlerts(by: notice, at: time) }
  }

  private func endActiveAlerts(by notice: ChangeNotice, at time: Timestamp) throws {
    for kind in NoticeKind.allCases where kind.opposites.contains(notice.kind) {
      try execute(
        """
        UPDATE active_alert SET ends_at = ?, next_at = ? WHERE subject = ? AND kind = ? AND ends_at IS NULL
          AND starts_at <= ?
        """,
        [
          time.milliseconds, time.milliseconds, notice.subject, kind.rawValue, notice.observedAt.milliseconds,
        ])
      let messages = try rows(
        "DELETE FROM alert_member WHERE subject = ? AND kind = ? AND starts_at <= ? RETURNING message_key",
        [notice.subject, kind.rawValue, notice.observedAt.milliseconds]
      ).compactMap { $0["message_key"] as String? }
      // One alert of many is over with the last of them.
      for message in messages {
        try execute(
          """
          UPDATE active_alert SET ends_at = ?1, next_at = ?1 WHERE subject = ?2 AND ends_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM alert_member WHERE message_key = ?3)
          """, [time.milliseconds, ActiveAlert.subject(ofMessage: message), message])
      }
    }
  }
}
