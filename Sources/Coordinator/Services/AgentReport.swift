package import Model

/// What an agent says of itself now and then, kept in memory alone.
package struct AgentReport: Hashable, Sendable {
  /// How far its wall clock runs ahead of the coordinator's; negative: behind.
  package var clockSkew: Duration
  package var spool: Spool?

  package init(clockSkew: Duration, spool: Spool?) {
    self.clockSkew = clockSkew
    self.spool = spool
  }

  /// Results that it could not deliver yet, and those it had to give up.
  package struct Spool: Hashable, Sendable {
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
  }
}
