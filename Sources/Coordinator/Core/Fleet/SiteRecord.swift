package import Model

/// An address space in which one address means one host.
package struct SiteRecord: Hashable, Sendable {
  package var id: SiteID
  package var name: String
  package var createdAt: Timestamp

  package init(id: SiteID, name: String, createdAt: Timestamp) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
  }
}

/// Where agents stand on the network: a place in one site.
package struct ZoneRecord: Hashable, Sendable {
  package var id: ZoneID
  package var site: SiteID
  package var name: String
  /// Probes a second that its agents make together; nil: no bound.
  package var probesPerSecond: Int?
  /// Jobs that its agents have at once; nil: no bound.
  package var maximumJobs: Int?
  package var createdAt: Timestamp
  /// Files of foreign scans tell what is seen from there; no agent stands in it.
  package var isImport: Bool

  package init(
    id: ZoneID, site: SiteID, name: String, probesPerSecond: Int? = nil, maximumJobs: Int? = nil, createdAt: Timestamp,
    isImport: Bool = false
  ) {
    self.id = id
    self.site = site
    self.name = name
    self.probesPerSecond = probesPerSecond
    self.maximumJobs = maximumJobs
    self.createdAt = createdAt
    self.isImport = isImport
  }
}
