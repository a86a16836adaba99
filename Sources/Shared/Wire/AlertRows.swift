package import Model

package struct AlertRow: Codable, Sendable, Hashable {
  package var id: AlertID
  package var name: String
  /// Absent: those that alerts without kinds are about.
  package var kinds: [String]?
  package var query: String?
  package var receivers: [String]
  /// Absent: every site.
  package var site: String?
  package var severity: String
  package var grouping: String
  package var waitSeconds: Int
  package var digestSeconds: Int?
  package var quietHours: String?
  package var certificateDays: Int?
  package var isPaused: Bool
  package var createdAt: Timestamp
  package var changedAt: Timestamp

  package init(
    id: AlertID, name: String, kinds: [String]?, query: String?, receivers: [String], site: String?, severity: String,
    grouping: String, waitSeconds: Int, digestSeconds: Int?, quietHours: String?, certificateDays: Int?, isPaused: Bool,
    createdAt: Timestamp, changedAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.kinds = kinds
    self.query = query
    self.receivers = receivers
    self.site = site
    self.severity = severity
    self.grouping = grouping
    self.waitSeconds = waitSeconds
    self.digestSeconds = digestSeconds
    self.quietHours = quietHours
    self.certificateDays = certificateDays
    self.isPaused = isPaused
    self.createdAt = createdAt
    self.changedAt = changedAt
  }
}

/// `POST /api/v1/alerts`, and `PUT /api/v1/alerts/{id}`, for which what is absent stays.
package struct AlertSpecification: WireRequest, Hashable {
  /// Of a new one.
  package var name: String?
  package var kinds: [String]?
  package var query: String?
  package var receivers: [String]?
  package var site: String?
  package var severity: String?
  package var grouping: String?
  package var waitSeconds: Int?
  package var digestSeconds: Int?
  package var quietHours: String?
  package var certificateDays: Int?
  package var isPaused: Bool?

  package init() {}

  private enum CodingKeys: String, ListedFields {
    case name, kinds, query, receivers, site, severity, grouping, waitSeconds, digestSeconds, quietHours,
      certificateDays, isPaused
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// `POST /api/v1/alerts/{id}/test`.
package struct AlertTest: Codable, Sendable, Hashable {
  package var deliveries: [DeliveryID]

  package init(deliveries: [DeliveryID]) { self.deliveries = deliveries }
}
