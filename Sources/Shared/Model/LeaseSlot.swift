/// Which of its two leases an agent asks for. Raw values are the words sent and stored.
package enum LeaseSlot: String, Hashable, Sendable, Codable, CaseIterable {
  /// The work that fills an agent's time.
  case bulk
  /// A small job of a scan that nobody works on, asked for while a bulk job runs: small scans start at once behind huge
  /// ones.
  case express
}
