internal import CoordinatorCore
internal import Model

/// A message as an Alertmanager is told of it: a few notices are an alert each, more are one, which is over with the last of
/// them.
struct FollowedMessage {
  struct Part {
    let alert: AlertmanagerAlert
    let subject: String
    let kind: NoticeKind
    /// Whether something can put an end to it.
    let isFollowed: Bool
    /// It ended before it was told.
    let isOver: Bool
  }

  /// More notices are one alert: a network that went down is one thing, and not hundreds.
  static let singleLimit = 10

  let message: AlertMessage
  /// What of it is not over; nil: that is not kept up.
  let remaining: Set<FollowedSubject>?

  func parts(at now: Timestamp) -> [Part] {
    guard message.count > Self.singleLimit else {
      return message.entries.map { entry in
        let isFollowed = !entry.kind.opposites.isEmpty
        let subject = FollowedSubject(subject: entry.subject, kind: entry.kind)
        return part(
          AlertmanagerAlert(entry, of: message, at: now), entry.subject, entry.kind, isFollowed,
          isOver: isFollowed && !(remaining?.contains(subject) ?? true), now)
      }
    }
    let kinds = message.counts.keys.compactMap(NoticeKind.init)
    let isFollowed = remaining != nil && kinds.contains { !$0.opposites.isEmpty }
    return [
      part(
        AlertmanagerAlert(whole: message, at: now), ActiveAlert.subject(ofMessage: message.id),
        message.entries.first?.kind ?? .closed, isFollowed, isOver: isFollowed && remaining?.isEmpty ?? false, now)
    ]
  }

  private func part(
    _ alert: AlertmanagerAlert, _ subject: String, _ kind: NoticeKind, _ isFollowed: Bool, isOver: Bool,
    _ now: Timestamp
  ) -> Part {
    var alert = alert
    if isOver { alert.endsAt = now }
    return Part(alert: alert, subject: subject, kind: kind, isFollowed: isFollowed, isOver: isOver)
  }
}
