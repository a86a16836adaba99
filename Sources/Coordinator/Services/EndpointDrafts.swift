internal import CoordinatorCore
internal import Model

/// Endpoints of one host by protocol and port, as they are stored and as they shall be.
struct EndpointDrafts {
  struct Draft {
    /// Nil: new to the chart.
    let stored: EndpointRecord?
    var views: [ZoneView]
    var services: [ZoneService]
    /// Of views that have changed, what they were before and the sightings that are no mere repetition.
    var edits: [ViewKey: (base: ZoneView, sightings: [ViewRun])] = [:]
    /// Of services that are not what they were, what was known before and the answers that say otherwise.
    var serviceEdits: [ZoneID: (base: ZoneService, answers: [ServiceRun])] = [:]

    mutating func apply(_ view: ZoneView) {
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

  private var drafts: [ProtocolPort: Draft] = [:]
  /// In the order in which they came.
  private(set) var keys: [ProtocolPort] = []

  var isEmpty: Bool { drafts.isEmpty }
  /// In key order, so that writes touch neighbouring pages.
  var sorted: [(key: ProtocolPort, value: Draft)] {
    // Most chunks are in order.
    let isInOrder = zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }
    return (isInOrder ? keys : keys.sorted()).compactMap { key in drafts[key].map { (key, $0) } }
  }

  func contains(_ key: ProtocolPort) -> Bool { drafts[key] != nil }

  mutating func add(_ records: [EndpointRecord]) {
    for record in records {
      keys.append(ProtocolPort(record.transport, record.port))
      drafts[ProtocolPort(record.transport, record.port)] = Draft(
        stored: record, views: record.views, services: record.services)
    }
  }

  mutating func begin(_ key: ProtocolPort, views: [ZoneView]) {
    keys.append(key)
    drafts[key] = Draft(stored: nil, views: views, services: [])
  }

  mutating func apply(_ view: ZoneView, at key: ProtocolPort) { drafts[key]?.apply(view) }

  /// False: it changes nothing of what is known.
  mutating func apply(_ service: ZoneService, at key: ProtocolPort) -> Bool { drafts[key]?.apply(service) ?? false }
}
