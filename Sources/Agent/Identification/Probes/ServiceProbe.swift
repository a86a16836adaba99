/// One question that makes a silent service speak, and who reads the answer.
struct ServiceProbe: Sendable {
  /// Names the probe in tests and traces.
  let name: String

  /// Ports that this protocol likes: they put the probe first there, and decide nothing else.
  let ports: Set<UInt16>
  let readers: [ServiceReader]

  /// `{host}` stands for the target's address as a URI writes it.
  private let template: [UInt8]
  private static let placeholder = "{host}"

  init(_ name: String, ports: Set<UInt16>, _ question: [UInt8], _ readers: [ServiceReader]) {
    self.name = name
    self.ports = ports
    self.readers = readers
    template = question
  }

  init(_ name: String, ports: Set<UInt16>, _ question: String, _ readers: [ServiceReader]) {
    self.init(name, ports: ports, Array(question.utf8), readers)
  }

  func payload(host: String) -> [UInt8] {
    var rest = template[...]
    var payload: [UInt8] = []
    while let range = Octets.range(of: Self.placeholder, in: rest) {
      payload += rest[..<range.lowerBound]
      payload += host.utf8
      rest = rest[range.upperBound...]
    }
    return payload + rest
  }
}
