package import Model

/// How long inventories have met nothing that listens on an endpoint.
package struct ListenerAbsence: Hashable, Sendable {
  /// The first inventory without one, since the last that had one or since they speak of the address at all.
  package var since: Timestamp
  /// Whether something listened before.
  package var isOfListener: Bool

  package init(since: Timestamp, isOfListener: Bool) {
    self.since = since
    self.isOfListener = isOfListener
  }

  /// Longer than anybody has looked.
  package static let always = ListenerAbsence(since: Timestamp(milliseconds: .min), isOfListener: false)
}
