package import Model

/// A time with a name, and what of the chart it is about.
package struct BaselineRecord: Hashable, Sendable {
  package var id: BaselineID
  package var name: String
  /// Nil: every site.
  package var site: SiteID?
  package var at: Timestamp
  /// As typed; empty for everything.
  package var query: String
  package var note: String?
  package var createdBy: String
  package var createdAt: Timestamp

  package init(
    id: BaselineID, name: String, site: SiteID?, at: Timestamp, query: String, note: String?, createdBy: String,
    createdAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.site = site
    self.at = at
    self.query = query
    self.note = note
    self.createdBy = createdBy
    self.createdAt = createdAt
  }
}

package protocol BaselineReading {
  func baselines() throws -> [BaselineRecord]
}

package protocol BaselineWriting: BaselineReading {
  /// The record's id is not looked at. Throws for a name that is taken.
  func insertBaseline(_ baseline: BaselineRecord) throws -> BaselineID
  func removeBaseline(_ id: BaselineID) throws
}
