package import Model

/// A stretch of time, once or again and again, in which a place is not probed.
package struct BlackoutRecord: Hashable, Sendable {
  package enum Window: Hashable, Sendable {
    case once(from: Timestamp, to: Timestamp)
    /// From each time that the expression names, by that zone's clock, for so long.
    case repeating(expression: String, timeZone: String, duration: Duration)
  }

  package var id: BlackoutID
  package var name: String
  package var window: Window
  /// Nil: every site.
  package var site: SiteID?
  /// Nil: every zone.
  package var zone: ZoneID?
  /// Empty: every address.
  package var networks: [AddressRange]
  package var note: String?
  package var createdBy: String
  package var createdAt: Timestamp

  package init(
    id: BlackoutID, name: String, window: Window, site: SiteID?, zone: ZoneID?, networks: [AddressRange], note: String?,
    createdBy: String, createdAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.window = window
    self.site = site
    self.zone = zone
    self.networks = networks
    self.note = note
    self.createdBy = createdBy
    self.createdAt = createdAt
  }

  /// Whether it may concern what an agent of this place probes.
  package func binds(site: SiteID, zone: ZoneID?) -> Bool {
    (self.site == nil || self.site == site) && (self.zone == nil || self.zone == zone)
  }
}

/// A blackout in force, and when it ends.
package struct ActiveBlackout: Hashable, Sendable {
  package var record: BlackoutRecord
  package var until: Timestamp

  package init(record: BlackoutRecord, until: Timestamp) {
    self.record = record
    self.until = until
  }

  /// For people.
  package var reason: String { "blackout \"\(record.name)\" until \(until)" }
}

/// Tells whether blackouts have been added or removed; they are not changed in place.
package struct BlackoutMark: Hashable, Sendable {
  package var count: Int
  package var newest: Int64
  package var newestAt: Int64

  package init(count: Int, newest: Int64, newestAt: Int64) {
    self.count = count
    self.newest = newest
    self.newestAt = newestAt
  }
}
