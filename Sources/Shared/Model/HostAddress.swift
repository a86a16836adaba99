/// An address together with the link it is meant on: what a probe connects to.
package struct HostAddress: Hashable, Comparable, Sendable {
  package let address: IPAddress

  /// The zone of RFC 4007 (`%eth0`): an interface's name on the host that probes; nil where the address alone is enough.
  package let interface: String?

  package init(_ address: IPAddress, interface: String? = nil) {
    self.address = address
    self.interface = interface
  }

  package static func < (left: HostAddress, right: HostAddress) -> Bool {
    (left.address, left.interface ?? "") < (right.address, right.interface ?? "")
  }
}

extension HostAddress: LosslessStringConvertible, Codable {
  /// Reads an address, or an IPv6 address with `%zone` (RFC 4007, 11); nil otherwise.
  package init?(_ text: String) {
    guard text.utf8.contains(UInt8(ascii: "%")) else {
      guard let address = IPAddress(text) else { return nil }
      self.init(address)
      return
    }
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(parts[0]) else { return nil }
    guard address.family == .ipv6, !parts[1].isEmpty else { return nil }
    self.init(address, interface: String(parts[1]))
  }

  package var description: String { interface.map { "\(address)%\($0)" } ?? address.description }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let host = HostAddress(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not an IP address"))
    }
    self = host
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
