package import Model

/// A foreign scan's file that was taken in, or is being.
package struct ImportRecord: Hashable, Sendable {
  package var id: Int64
  package var site: SiteID
  package var zone: ZoneID
  /// SHA-256 of the file.
  package var digest: [UInt8]
  package var file: String
  package var scanner: String
  package var hostCount: Int
  package var agent: AgentID
  package var scan: ScanID
  package var lane: LaneID
  package var startedAt: Timestamp
  /// Nil: it is not whole.
  package var finishedAt: Timestamp?

  package init(
    id: Int64, site: SiteID, zone: ZoneID, digest: [UInt8], file: String, scanner: String, hostCount: Int,
    agent: AgentID, scan: ScanID, lane: LaneID, startedAt: Timestamp, finishedAt: Timestamp?
  ) {
    self.id = id
    self.site = site
    self.zone = zone
    self.digest = digest
    self.file = file
    self.scanner = scanner
    self.hostCount = hostCount
    self.agent = agent
    self.scan = scan
    self.lane = lane
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }
}

/// Reading imports, inside one transaction.
package protocol ImportReading {
  func importRecord(_ id: Int64) throws -> ImportRecord?
  /// What took the first file into a zone: addresses that mean one host on one machine alone belong to it, whichever file they
  /// are in.
  func firstImporter(in zone: ZoneID) throws -> AgentID?
  /// The import of a file into a zone.
  func importRecord(of digest: [UInt8], in zone: ZoneID) throws -> ImportRecord?
}

/// Changing them, inside one transaction.
package protocol ImportWriting: ImportReading {
  /// The record's id is not looked at.
  func insertImport(_ record: ImportRecord) throws -> Int64
  func finishImport(_ id: Int64, at time: Timestamp) throws
  /// From now on no agent stands there, and scans of each zone leave it out.
  func markImported(_ zone: ZoneID) throws
}
