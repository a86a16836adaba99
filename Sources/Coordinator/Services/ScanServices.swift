internal import CoordinatorCore
internal import Model

/// What two scans found to be served at endpoints that both saw open. Most endpoints are found without reading them to serve what they
/// did: only those are read of which something else is stored. Lives no longer than the transaction that it reads in.
struct ScanServices {
  private let session: any ReadSession
  private let before: ScanSight
  private let after: ScanSight
  /// The time between the ends of the two.
  private let span: Range<Timestamp>
  private let candidates: Candidates

  private enum Candidates {
    /// All that became another service within the span.
    case these(Set<EndpointID>)
    /// As above, too many to hold them: each is asked for.
    case many
    /// The two have no zone in common: what zones say of an endpoint differs, or has a past.
    case betweenZones
  }

  /// Endpoints that are held at once.
  private static let mostHeld = 50_000

  /// Nil: one of the two asked for no services, or none of the kinds is of them; nothing is told. `end` is when each ended, or now.
  /// Throws a `StoreError` if what is stored cannot be read back, and a `Refusal` if services of the time between the two have been
  /// purged: what became another would be told as unchanged.
  init?(
    _ before: ScanSight, until end: Timestamp, _ after: ScanSight, until otherEnd: Timestamp,
    wanting kinds: Set<DiffKind>, in session: any ReadSession
  ) throws {
    guard before.scan.request.identifies, after.scan.request.identifies, before.scan.id != after.scan.id,
      !kinds.isDisjoint(with: [.service, .certificate])
    else { return nil }
    if let since = try session.historySince(), since > min(end, otherEnd) {
      throw Refusal(
        .invalidValue,
        """
        which services were found before \(since) was purged, so that these scans cannot be compared by service and certificate; \
        name other kinds, such as opened and closed
        """, at: "kinds")
    }
    self.session = session
    self.before = before
    self.after = after
    span = min(end, otherEnd)..<max(end, otherEnd)
    if before.zones.isDisjoint(with: after.zones) {
      candidates = .betweenZones
    } else if let few = try session.endpointsThatServedElse(within: span, atMost: Self.mostHeld) {
      candidates = .these(few)
    } else {
      candidates = .many
    }
  }

  /// What each of the two found at an endpoint; nil: no difference is known.
  func facts(at key: ChartKey) throws -> (before: ServiceFacts, after: ServiceFacts)? {
    let mayDiffer: Bool =
      switch candidates {
      case .these(let few): few.contains(key.id)
      case .many: try session.servedElse(key.id, within: span)
      case .betweenZones: try session.isServedDifferently(key.id)
      }
    let port = key.place.port.rawValue
    guard mayDiffer,
      let record = try session.endpoints(of: key.place.host, transport: key.place.transport, ports: port...port).first
    else { return nil }
    let (old, new) = (try before.services(of: record), try after.services(of: record))
    let common = old.compactMap { earlier in
      new.first { $0.zone == earlier.zone }.map { (before: earlier.facts, after: $0.facts) }
    }
    if common.isEmpty, case .betweenZones = candidates {
      guard let first = old.first(where: \.facts.tellsService), let second = new.first(where: \.facts.tellsService)
      else { return nil }
      return (first.facts, second.facts)
    }
    // A zone to which nothing answered does not hide what another found.
    return common.first { $0.before.isKnownToDiffer(from: $0.after) }
  }
}

extension ScanSight {
  /// What the scan's own zones knew to be served when it ended and it may have found itself, by their zones: what was found before it
  /// began, and not again, it does not tell.
  func services(of record: EndpointRecord) throws -> [ZoneService] {
    guard scan.request.identifies else { return [] }
    return try record.services.compactMap { service in
      guard zones.contains(service.zone) else { return nil }
      let past = service.hasPast ? try session.pastServices(of: record.id, zone: service.zone) : []
      let found = scan.finishedAt.map { service.asOf($0, past: past) } ?? service
      return found.flatMap { $0.observedAt >= scan.createdAt ? $0 : nil }
    }.sorted { $0.zone < $1.zone }
  }
}

extension ServiceFacts {
  /// Whether both tell something that the two do not have in common: what `DiffKind` tells as a service or a certificate.
  fileprivate func isKnownToDiffer(from other: ServiceFacts) -> Bool {
    if tellsService, other.tellsService, !hasSameIdentity(as: other) { return true }
    guard let first = certificate, let second = other.certificate else { return false }
    return first.sha256 != second.sha256
  }
}
