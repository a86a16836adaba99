package import Model

/// `POST /api/v1/blackouts`: either `cron` with `durationSeconds`, or `from` and `to`.
package struct NewBlackout: WireRequest, Hashable {
  package var name: String
  package var cron: String?
  package var timeZone: String?
  package var durationSeconds: Int?
  package var from: Timestamp?
  package var to: Timestamp?
  /// Absent: every site; with a token for one site, that.
  package var site: String?
  package var zone: String?
  /// Absent: every address.
  package var networks: [String]?
  package var note: String?

  package init(name: String) { self.name = name }

  private enum CodingKeys: String, ListedFields {
    case name, cron, timeZone, durationSeconds, from, to, site, zone, networks, note
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

package struct BlackoutRow: Codable, Sendable, Hashable {
  package var id: BlackoutID
  package var name: String
  package var cron: String?
  package var timeZone: String?
  package var durationSeconds: Int?
  package var from: Timestamp?
  package var to: Timestamp?
  package var site: String?
  package var zone: String?
  package var networks: [String]
  package var note: String?
  package var isActive: Bool
  /// The stretch in force, or the next one.
  package var nextFrom: Timestamp?
  package var nextTo: Timestamp?

  package init(id: BlackoutID, name: String, networks: [String], isActive: Bool) {
    self.id = id
    self.name = name
    self.networks = networks
    self.isActive = isActive
  }
}
