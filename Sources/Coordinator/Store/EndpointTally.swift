internal import CoordinatorCore
internal import Model

/// How many endpoints a change has added to and taken from each kept count, until they are written. Lives no longer than its session.
final class EndpointTally {
  /// What endpoints of one count have in common: columns of `endpoint_count`.
  struct Kind: Hashable {
    let site: SiteID
    let zone: ZoneID?
    let key: ProtocolPort
    let state: EndpointState?
    let service: String?
    let isListened: Bool

    /// Few endpoints of a port differ in anything else, and each sighting is hashed.
    func hash(into hasher: inout Hasher) { hasher.combine(key) }

    /// Nil: nothing is known of the endpoint now, and no count has it.
    init?(_ site: SiteID, _ key: ProtocolPort, _ summary: EndpointSummary) {
      guard summary.state != nil || summary.listener != nil else { return nil }
      self.init(
        site: site, zone: summary.zone, key: key, state: summary.state, service: summary.service?.name,
        isListened: summary.listener != nil)
    }

    init(site: SiteID, zone: ZoneID?, key: ProtocolPort, state: EndpointState?, service: String?, isListened: Bool) {
      self.site = site
      self.zone = zone
      self.key = key
      self.state = state
      self.service = service
      self.isListened = isListened
    }
  }

  private var differences: [Kind: Int] = [:]

  func add(_ kind: Kind?) { if let kind { differences[kind, default: 0] += 1 } }

  func remove(_ kind: Kind?) { if let kind { differences[kind, default: 0] -= 1 } }

  /// What has come together since the last call; those that cancel each other out are not among them.
  func take() -> [(kind: Kind, difference: Int)] {
    guard !differences.isEmpty else { return [] }
    defer { differences.removeAll(keepingCapacity: true) }
    return differences.compactMap { $0.value == 0 ? nil : ($0.key, $0.value) }
  }

  /// The change is taken back.
  func discard() { differences.removeAll(keepingCapacity: true) }
}
