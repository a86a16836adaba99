internal import CoordinatorCore
internal import Model

/// Endpoints of one host by protocol and port, as they are stored and as they shall be.
struct EndpointDrafts {
  struct Draft {
    /// Nil: new to the chart.
    let stored: EndpointRecord?
    var views: [ZoneView]
    var services: [ZoneService]
    /// Whether anybody has looked since it was stored.
    private(set) var isSeen = false
    /// Of views that have changed, what they were before and the sightings that are no mere repetition.
    var edits: [ViewKey: (base: ZoneView, sightings: [ViewRun])] = [:]
    /// Of services that are not what they were, what was known before and the answers that say otherwise.
    var serviceEdits: [ZoneID: (base: ZoneService, answers: [ServiceRun])] = [:]

    init(stored: EndpointRecord?, views: [ZoneView], services: [ZoneService]) {
      self.stored = stored
      self.views = views
      self.services = services
    }

    mutating func apply(_ view: ZoneView) {
      isSeen = true
      guard let index = views.firstIndex(where: { $0.isOfSameKind(as: view) }) else {
        views.append(view)
        return
      }
      let known = views[index]
      let isLate = known.differedAt != nil && view.observedAt < known.observedAt
      let key = ViewKey(view)
      if view.state != known.state || isLate || known.heldReason != nil || edits[key] != nil {
        edits[key, default: (known, [])].sightings.append(ViewRun(view))
      }
      views[index] = known.merged(with: view)
    }

    /// False: it changes nothing of what is known.
    mutating func apply(_ service: ZoneService) -> Bool {
      guard let index = services.firstIndex(where: { $0.zone == service.zone }) else {
        services.append(service)
        return true
      }
      let known = services[index]
      let isLate = known.hasPast && service.observedAt < known.observedAt
      if !service.facts.isSameService(as: known.facts) || isLate || serviceEdits[service.zone] != nil {
        serviceEdits[service.zone, default: (known, [])].answers.append(ServiceRun(service))
      }
      services[index] = known.merged(with: service)
      // Right as long as all answers were the same; else the runs are read and tell.
      services[index].since = min(known.since, service.since)
      services[index].hasPast = known.hasPast
      return services[index] != known
    }
  }

  /// In the order in which they came.
  private(set) var keys: [ProtocolPort] = []
  /// What is drafted at each of the keys.
  private(set) var drafts: [Draft] = []
  /// Made once a key is not found where it is expected.
  private var places: [ProtocolPort: Int]?
  /// Where the last key was found.
  private var latest = -1

  /// Keys behind the last one among which the next is expected: sightings come in order, and so does what is stored.
  private static let reach = 4

  var isEmpty: Bool { keys.isEmpty }
  /// Places in key order, so that writes touch neighbouring pages.
  var inOrder: [Int] {
    // Most chunks are in order.
    let isInOrder = zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }
    return isInOrder ? Array(keys.indices) : keys.indices.sorted { keys[$0] < keys[$1] }
  }

  /// Where a key is; nil: nothing is drafted there.
  mutating func place(of key: ProtocolPort) -> Int? {
    for place in max(0, latest)..<min(keys.count, latest + 1 + Self.reach) where keys[place] == key {
      latest = place
      return place
    }
    let places = self.places ?? Dictionary(zip(keys, keys.indices)) { first, _ in first }
    self.places = places
    guard let place = places[key] else { return nil }
    latest = place
    return place
  }

  mutating func contains(_ key: ProtocolPort) -> Bool { place(of: key) != nil }

  mutating func add(_ records: [EndpointRecord]) {
    keys.reserveCapacity(keys.count + records.count)
    drafts.reserveCapacity(drafts.count + records.count)
    for record in records {
      append(
        ProtocolPort(record.transport, record.port),
        Draft(stored: record, views: record.views, services: record.services))
    }
  }

  /// Begins what is new to the chart. Returns its place.
  @discardableResult
  mutating func begin(_ key: ProtocolPort, views: [ZoneView]) -> Int {
    append(key, Draft(stored: nil, views: views, services: []))
    latest = keys.count - 1
    return latest
  }

  private mutating func append(_ key: ProtocolPort, _ draft: Draft) {
    places?[key] = keys.count
    keys.append(key)
    drafts.append(draft)
  }

  mutating func apply(_ view: ZoneView, at place: Int) { drafts[place].apply(view) }

  /// False: it changes nothing of what is known.
  mutating func apply(_ service: ZoneService, at place: Int) -> Bool { drafts[place].apply(service) }
}
