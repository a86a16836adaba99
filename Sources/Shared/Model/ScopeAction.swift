/// What a scope rule does to the addresses it names. Raw values are the words printed, sent and stored.
package enum ScopeAction: String, Hashable, Sendable, Codable, CaseIterable {
  case allow
  /// Wins over every `allow`.
  case exclude
  /// Permits nothing; bounds how fast, and by how many jobs at once, the addresses are probed.
  case limit
}
