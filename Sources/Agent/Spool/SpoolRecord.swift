package import Model

/// A record as it is read back.
package struct SpoolRecord: Equatable, Sendable {
  /// Counts up by one from record to record over the life of the folder; from 1.
  package let number: UInt64
  /// What the payload is; the spool does not look at it.
  package let kind: UInt8
  /// When it was written, by the wall clock.
  package let time: Timestamp
  package let payload: [UInt8]

  package init(number: UInt64, kind: UInt8, time: Timestamp, payload: [UInt8]) {
    self.number = number
    self.kind = kind
    self.time = time
    self.payload = payload
  }
}
