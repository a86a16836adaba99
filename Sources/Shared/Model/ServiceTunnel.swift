/// What a service's own protocol goes through. The raw value is nmap's word, printed, sent and stored.
package enum ServiceTunnel: String, Hashable, Sendable, Codable {
  /// TLS from the first octet on.
  case tls = "ssl"

  /// A service's name for people, as nmap's users know it: `ssl/http`.
  package static func spoken(_ name: String, through tunnel: ServiceTunnel?) -> String {
    guard let tunnel, name != "tls" else { return name }
    return "\(tunnel.rawValue)/\(name)"
  }
}
