package import Model

/// What a foreign scan's file says of itself; the first step of an import.
package struct ImportBeginning: Codable, Sendable, WireRequest {
  /// SHA-256 of the file in hexadecimal digits: the same file twice is one import.
  package var digest: String
  package var file: String
  /// `nmap`, `masscan`.
  package var scanner: String
  package var version: String?
  package var arguments: String?
  package var site: String?
  /// The vantage; made if it is not there.
  package var zone: String
  /// 0 or more.
  package var hostCount: Int

  package init(digest: String, file: String, scanner: String, zone: String, hostCount: Int) {
    self.digest = digest
    self.file = file
    self.scanner = scanner
    self.zone = zone
    self.hostCount = hostCount
  }

  package static var fieldNames: Set<String> {
    ["digest", "file", "scanner", "version", "arguments", "site", "zone", "hostCount"]
  }
}

/// Some hosts of a file.
package struct ImportPart: Codable, Sendable, WireRequest {
  package struct Host: Codable, Sendable, WireRequest {
    package var address: IPAddress
    package var observedAt: Timestamp
    /// As a name server called it; as `NamedHost.name`. Absent: that is not told.
    package var name: String?
    package var open: [Open]
    package var runs: [StateRun]

    package init(
      address: IPAddress, observedAt: Timestamp, name: String? = nil, open: [Open], runs: [StateRun]
    ) {
      self.address = address
      self.observedAt = observedAt
      self.name = name
      self.open = open
      self.runs = runs
    }

    package static var fieldNames: Set<String> { ["address", "observedAt", "name", "open", "runs"] }
    package static var nestedFields: [String: any WireRequest.Type] { ["open": Open.self, "runs": StateRun.self] }
  }

  package struct Open: Codable, Sendable, WireRequest {
    package var `protocol`: TransportProtocol
    package var port: Port
    package var reason: ProbeReason
    package var service: ServiceFacts?

    package init(protocol: TransportProtocol, port: Port, reason: ProbeReason, service: ServiceFacts?) {
      self.protocol = `protocol`
      self.port = port
      self.reason = reason
      self.service = service
    }

    package static var fieldNames: Set<String> { ["protocol", "port", "reason", "service"] }
    package static var nestedFields: [String: any WireRequest.Type] { ["service": ServiceFacts.self] }
  }

  /// Neighbouring ports in another state than open.
  package struct StateRun: Codable, Sendable, WireRequest {
    package var `protocol`: TransportProtocol
    package var first: Port
    package var last: Port
    package var state: EndpointState
    package var reason: ProbeReason

    package init(protocol: TransportProtocol, first: Port, last: Port, state: EndpointState, reason: ProbeReason) {
      self.protocol = `protocol`
      self.first = first
      self.last = last
      self.state = state
      self.reason = reason
    }

    package static var fieldNames: Set<String> { ["protocol", "first", "last", "state", "reason"] }
  }

  package var hosts: [Host]

  package init(hosts: [Host]) { self.hosts = hosts }

  package static var fieldNames: Set<String> { ["hosts"] }
  package static var nestedFields: [String: any WireRequest.Type] { ["hosts": Host.self] }
}

/// An import as the coordinator knows it.
package struct ImportRow: Codable, Sendable {
  package var id: Int64
  package var scan: ScanID
  package var site: String
  package var zone: String
  package var file: String
  package var scanner: String
  package var hostCount: Int
  package var startedAt: Timestamp
  /// Nil: it is not whole.
  package var finishedAt: Timestamp?

  package init(
    id: Int64, scan: ScanID, site: String, zone: String, file: String, scanner: String, hostCount: Int,
    startedAt: Timestamp, finishedAt: Timestamp?
  ) {
    self.id = id
    self.scan = scan
    self.site = site
    self.zone = zone
    self.file = file
    self.scanner = scanner
    self.hostCount = hostCount
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }
}
