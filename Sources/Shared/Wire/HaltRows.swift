package import Model

/// An order in force that nobody probes.
package struct HaltRow: Codable, Sendable, Hashable {
  package var id: HaltID
  /// Absent: every site.
  package var site: String?
  /// Absent: every zone.
  package var zone: String?
  package var note: String
  package var by: String
  package var at: Timestamp

  package init(id: HaltID, site: String?, zone: String?, note: String, by: String, at: Timestamp) {
    self.id = id
    self.site = site
    self.zone = zone
    self.note = note
    self.by = by
    self.at = at
  }
}

/// `POST /api/v1/halt` and `/api/v1/unhalt`: for a site, one of its zones, or everywhere.
package struct HaltPlace: WireRequest, Hashable {
  package var site: String?
  package var zone: String?
  /// Why; a halt needs one.
  package var note: String?

  package init(site: String?, zone: String?, note: String? = nil) {
    self.site = site
    self.zone = zone
    self.note = note
  }

  private enum CodingKeys: String, ListedFields { case site, zone, note }
  package static var fieldNames: Set<String> { CodingKeys.names }
}
