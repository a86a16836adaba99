package import Model

/// A verdict or rule that a person should look at, with what it rests on.
package struct FindingRow: Codable, Sendable, Hashable {
  package var id: FindingID
  package var rule: String
  package var detail: String
  package var site: String
  /// Absent: it is about no endpoint.
  package var endpoint: PortRow?
  /// What it is about, if that is no endpoint, or which of several of one endpoint.
  package var subject: String
  package var since: Timestamp
  /// When it was found to be so no more; absent: it is.
  package var goneAt: Timestamp?
  package var acknowledgedUntil: Timestamp?
  package var note: String?
  package var acknowledgedBy: String?
  /// Lines to read and judge before anybody runs them.
  package var advice: [String]

  package init(
    id: FindingID, rule: String, detail: String, site: String, endpoint: PortRow?, subject: String, since: Timestamp,
    goneAt: Timestamp?, acknowledgedUntil: Timestamp?, note: String?, acknowledgedBy: String?, advice: [String]
  ) {
    self.id = id
    self.rule = rule
    self.detail = detail
    self.site = site
    self.endpoint = endpoint
    self.subject = subject
    self.since = since
    self.goneAt = goneAt
    self.acknowledgedUntil = acknowledgedUntil
    self.note = note
    self.acknowledgedBy = acknowledgedBy
    self.advice = advice
  }
}

/// `POST /api/v1/findings/ID/acknowledgement`.
package struct NewAcknowledgement: WireRequest, Hashable {
  package var until: Timestamp
  package var note: String

  package init(until: Timestamp, note: String) {
    self.until = until
    self.note = note
  }

  private enum CodingKeys: String, ListedFields {
    case until, note
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// A statement of who may listen where.
package struct ExpectationRow: Codable, Sendable, Hashable {
  package var name: String
  /// Absent: every site.
  package var site: String?
  package var hosts: [String]
  package var ports: String
  package var processes: [String]
  package var users: [String]
  /// `any` or `local`.
  package var exposure: String
  package var required: Bool
  package var note: String?

  package init(
    name: String, site: String?, hosts: [String], ports: String, processes: [String], users: [String],
    exposure: String, required: Bool, note: String?
  ) {
    self.name = name
    self.site = site
    self.hosts = hosts
    self.ports = ports
    self.processes = processes
    self.users = users
    self.exposure = exposure
    self.required = required
    self.note = note
  }
}

/// An expectation as a file describes it. Left out: any process, any user, any exposure, not required.
package struct NewExpectation: WireRequest, Hashable {
  package var name: String
  package var site: String?
  package var hosts: [String]
  package var ports: String
  package var processes: [String]?
  package var users: [String]?
  package var exposure: String?
  package var required: Bool?
  package var note: String?

  package init(name: String, hosts: [String], ports: String) {
    self.name = name
    self.hosts = hosts
    self.ports = ports
  }

  private enum CodingKeys: String, ListedFields {
    case name, site, hosts, ports, processes, users, exposure, required, note
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// `GET /api/v1/expectations/check`: what is not as expected.
package struct DriftAnswer: Codable, Sendable {
  package struct Drift: Codable, Sendable, Hashable {
    package var detail: String
    package var endpoint: PortRow

    package init(detail: String, endpoint: PortRow) {
      self.detail = detail
      self.endpoint = endpoint
    }
  }

  package var drift: [Drift]
  /// Names of expectations that demand somebody there, of which nothing is open or listened on.
  package var missing: [String]
  package var expectations: Int
  /// Endpoints that were compared.
  package var compared: Int
  /// False: the hosts have more endpoints than one check looks at.
  package var isWhole: Bool

  package init(drift: [Drift], missing: [String], expectations: Int, compared: Int, isWhole: Bool) {
    self.drift = drift
    self.missing = missing
    self.expectations = expectations
    self.compared = compared
    self.isWhole = isWhole
  }
}
