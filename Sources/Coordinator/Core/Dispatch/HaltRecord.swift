package import Model

/// An order that nobody probes, until it is lifted.
package struct HaltRecord: Hashable, Sendable {
  package var id: HaltID
  /// Nil: every site.
  package var site: SiteID?
  /// Nil: every zone.
  package var zone: ZoneID?
  package var note: String
  package var by: String
  package var at: Timestamp

  package init(id: HaltID, site: SiteID?, zone: ZoneID?, note: String, by: String, at: Timestamp) {
    self.id = id
    self.site = site
    self.zone = zone
    self.note = note
    self.by = by
    self.at = at
  }

  package func binds(site: SiteID, zone: ZoneID) -> Bool {
    (self.site == nil || self.site == site) && (self.zone == nil || self.zone == zone)
  }
}
