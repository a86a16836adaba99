package import Model

/// An endpoint that differs between two sides of a comparison, or does not.
package struct DiffRow: Codable, Sendable, Hashable {
  /// A kind of change, `unchanged`, `not-covered` or `ignored`.
  package var change: String
  package var site: String
  /// The agent and interface for loopback, link-local and host-local addresses; empty elsewhere.
  package var scope: String
  package var address: IPAddress
  /// Absent, as the port, of what is about a whole host.
  package var `protocol`: TransportProtocol?
  package var port: Port?
  /// Absent where that side has not looked.
  package var stateBefore: EndpointState?
  package var state: EndpointState?
  package var seenBefore: Timestamp?
  package var seen: Timestamp?
  /// Of changes of what is there: the service, the certificate or the owner on one line.
  package var detailBefore: String?
  package var detail: String?
  /// Of a row that says `ignored`: which kind of change it is, and why: `acknowledged` or `ephemeral`.
  package var ignoredChange: String?
  package var ignoredBecause: String?

  package init(
    change: String, site: String, scope: String, address: IPAddress, protocol: TransportProtocol?, port: Port?,
    stateBefore: EndpointState?, state: EndpointState?, seenBefore: Timestamp?, seen: Timestamp?,
    detailBefore: String?, detail: String?, ignoredChange: String? = nil, ignoredBecause: String? = nil
  ) {
    self.change = change
    self.site = site
    self.scope = scope
    self.address = address
    self.protocol = `protocol`
    self.port = port
    self.stateBefore = stateBefore
    self.state = state
    self.seenBefore = seenBefore
    self.seen = seen
    self.detailBefore = detailBefore
    self.detail = detail
    self.ignoredChange = ignoredChange
    self.ignoredBecause = ignoredBecause
  }
}

/// `GET /api/v1/diff`: a part of a comparison. `counts` is of what was compared for this part, by kind.
package struct DiffPage: Codable, Sendable {
  package var rows: [DiffRow]
  package var counts: [String: Int]
  package var nextCursor: String?

  package init(rows: [DiffRow], counts: [String: Int], nextCursor: String?) {
    self.rows = rows
    self.counts = counts
    self.nextCursor = nextCursor
  }
}

/// A time with a name.
package struct BaselineRow: Codable, Sendable, Hashable {
  package var id: BaselineID
  package var name: String
  /// Absent: every site.
  package var site: String?
  package var at: Timestamp
  package var query: String
  package var note: String?
  package var createdBy: String
  package var createdAt: Timestamp

  package init(
    id: BaselineID, name: String, site: String?, at: Timestamp, query: String, note: String?, createdBy: String,
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

/// `POST /api/v1/baselines`.
package struct NewBaseline: WireRequest, Hashable {
  package var name: String
  /// A time as queries have them; absent: now.
  package var at: String?
  package var query: String?
  package var site: String?
  package var note: String?

  package init(name: String) { self.name = name }

  private enum CodingKeys: String, ListedFields {
    case name, at, query, site, note
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}
