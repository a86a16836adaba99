package import Model

/// A report that is being written. What it could not write it tells at the end, through its file.
package protocol ScanOutput: AnyObject {
  /// Writes what comes before everything else.
  func begin()

  /// Writes what comes last.
  func end(_ ending: ScanEnding)
}

/// A report of endpoints, as they are settled.
package protocol RowOutput: ScanOutput {
  func add(_ row: ScanRow)
}

/// A report of hosts, each once and complete.
package protocol HostOutput: ScanOutput {
  func add(_ host: HostResult)
}

/// How a scan ended.
package struct ScanEnding: Sendable {
  package var startedAt: Timestamp
  package var endedAt: Timestamp

  /// Hosts that were looked at, and those of them that were there.
  package var hosts: UInt128
  package var hostsUp: UInt128

  /// Why it did not come to its end; nil where it did.
  package var failure: String?

  package init(
    startedAt: Timestamp, endedAt: Timestamp, hosts: UInt128, hostsUp: UInt128, failure: String? = nil
  ) {
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.hosts = hosts
    self.hostsUp = hostsUp
    self.failure = failure
  }
}
