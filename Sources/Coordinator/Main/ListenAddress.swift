internal import Model
internal import Wire

/// Where the coordinator listens: `ADDRESS:PORT`, `[IPV6]:PORT`, or either alone.
struct ListenAddress: Equatable, CustomStringConvertible {
  var address: IPAddress
  var port: UInt16

  static let standard = ListenAddress(address: .ipv4Loopback, port: UInt16(OperatorAPI.defaultPort))

  init(address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }

  init?(_ text: String) {
    if let address = IPAddress(text) {
      self.init(address: address, port: Self.standard.port)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    if host.isEmpty {
      self.init(address: Self.standard.address, port: port)
      return
    }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    // Without brackets the last group of an IPv6 address would be read as a port.
    guard let address = IPAddress(host), isBracketed == (address.family == .ipv6) else { return nil }
    self.init(address: address, port: port)
  }

  /// The address as it stands in a URL (RFC 3986, 3.2.2).
  var description: String { address.family == .ipv6 ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
