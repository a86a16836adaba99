/// A port of one transport protocol, such as `tcp/443`; ordered by protocol, then by number.
package struct ProtocolPort: Hashable, Comparable, Sendable {
  package let transport: TransportProtocol
  package let port: Port

  package init(_ transport: TransportProtocol, _ port: Port) {
    self.transport = transport
    self.port = port
  }

  package static func < (left: ProtocolPort, right: ProtocolPort) -> Bool {
    (left.transport, left.port) < (right.transport, right.port)
  }
}

extension ProtocolPort: LosslessStringConvertible, Codable {
  /// Reads `tcp/443`; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let transport = TransportProtocol(rawValue: String(parts[0])),
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(parts[1])
    else { return nil }
    self.init(transport, Port(number))
  }

  package var description: String { "\(transport.rawValue)/\(port)" }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let endpoint = ProtocolPort(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not protocol/port, such as tcp/443"))
    }
    self = endpoint
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
