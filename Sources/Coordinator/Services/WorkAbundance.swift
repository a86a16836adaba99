internal import Model
internal import Synchronization

/// Where the last agent that asked found work, and may have left some: a hint that may be wrong.
final class WorkAbundance: Sendable {
  private struct Place: Hashable {
    let site: SiteID
    let zone: ZoneID
  }

  private let places = Mutex<Set<Place>>([])

  func isLikely(in site: SiteID, zone: ZoneID) -> Bool {
    places.withLock { $0.contains(Place(site: site, zone: zone)) }
  }

  func note(_ isAbundant: Bool, in site: SiteID, zone: ZoneID) {
    let place = Place(site: site, zone: zone)
    places.withLock { if isAbundant { $0.insert(place) } else { $0.remove(place) } }
  }
}
