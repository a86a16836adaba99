/// What an agent's host lets it do beyond TCP over IPv4. Raw values are the words printed, sent and stored.
package enum AgentCapability: String, Hashable, Sendable, Codable, CaseIterable {
  /// There is a route to the IPv6 internet, or to the host's own IPv6 networks.
  case ipv6
  case udp
  case identification
  /// Looks up what hosts are called.
  case names
}
