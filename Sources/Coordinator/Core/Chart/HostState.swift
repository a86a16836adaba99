/// What a zone's agents know of a host. A host of which nothing was ever heard is no record: `down` is told from what scans
/// covered.
package enum HostState: String, Hashable, Sendable, Codable, CaseIterable {
  /// Something of it answered.
  case up
  /// It was looked at, and nothing of it ever answered.
  case down
  /// It was up, and a scan that began after its last answer covered it without one.
  case gone
}
