package import Model

/// What nmap's formats say after the last host.
package struct NmapEnding: Sendable {
  package var endedAt: Timestamp
  package var elapsed: Duration
  package var up: UInt128
  package var total: UInt128

  /// Why the scan did not come to its end, such as `interrupted`; nil where it did.
  package var failure: String?

  package init(endedAt: Timestamp, elapsed: Duration, up: UInt128, total: UInt128, failure: String? = nil) {
    self.endedAt = endedAt
    self.elapsed = elapsed
    self.up = up
    self.total = total
    self.failure = failure
  }

  /// Seconds with two decimals.
  var seconds: String {
    let hundredths = max(0, elapsed.wholeMilliseconds / 10)
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }

  /// `256 IP addresses (3 hosts up) scanned in 1.25 seconds`.
  var counts: String {
    "\(total) IP address\(total == 1 ? "" : "es") (\(up) host\(up == 1 ? "" : "s") up) scanned in \(seconds) seconds"
  }
}
