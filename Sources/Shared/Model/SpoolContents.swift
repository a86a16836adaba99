/// What an agent's spool holds: results that the coordinator has not taken yet, and what was lost of them.
package struct SpoolContents: Hashable, Sendable {
  package var records: Int
  /// Octets of these records on the disk.
  package var bytes: Int
  /// When the oldest of them was written, by the agent's wall clock; nil when there are none.
  package var oldest: Timestamp?
  /// Records that will never be delivered, counted until `forget` says that somebody was told.
  package var lostRecords: Int
  package var lostBytes: Int

  package init(records: Int = 0, bytes: Int = 0, oldest: Timestamp? = nil, lostRecords: Int = 0, lostBytes: Int = 0) {
    self.records = records
    self.bytes = bytes
    self.oldest = oldest
    self.lostRecords = lostRecords
    self.lostBytes = lostBytes
  }

  package var isEmpty: Bool { records == 0 }
}
