package import Model

/// `POST /agent/v1/hello`: an agent says what it is, at its start and now and then.
package struct HelloRequest: WireRequest, Hashable {
  package var protocolMinor: Int
  /// Random, made at the program's start; the run's header repeats it.
  package var run: String
  /// Names the machine since its last boot, so that a restart is told from a clone.
  package var machine: String
  package var version: String
  package var hostName: String
  package var operatingSystem: String
  /// Of `AgentCapability`; words that are not known are ignored.
  package var capabilities: [String]
  /// The agent's wall clock.
  package var now: Timestamp
  package var spool: SpoolReport?

  package init(
    protocolMinor: Int = AgentProtocol.minorVersion, run: String, machine: String, version: String, hostName: String,
    operatingSystem: String, capabilities: [String], now: Timestamp, spool: SpoolReport?
  ) {
    self.protocolMinor = protocolMinor
    self.run = run
    self.machine = machine
    self.version = version
    self.hostName = hostName
    self.operatingSystem = operatingSystem
    self.capabilities = capabilities
    self.now = now
    self.spool = spool
  }

  private enum CodingKeys: String, ListedFields {
    case protocolMinor, run, machine, version, hostName, operatingSystem, capabilities, now, spool
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] { ["spool": SpoolReport.self] }
}

/// What an agent could not deliver yet, and what it had to give up.
package struct SpoolReport: WireRequest, Hashable {
  package var records: Int
  package var bytes: Int
  package var oldestAt: Timestamp?
  package var lostRecords: Int
  package var lostBytes: Int

  package init(records: Int, bytes: Int, oldestAt: Timestamp?, lostRecords: Int, lostBytes: Int) {
    self.records = records
    self.bytes = bytes
    self.oldestAt = oldestAt
    self.lostRecords = lostRecords
    self.lostBytes = lostBytes
  }

  private enum CodingKeys: String, ListedFields { case records, bytes, oldestAt, lostRecords, lostBytes }
  package static var fieldNames: Set<String> { CodingKeys.names }
}
