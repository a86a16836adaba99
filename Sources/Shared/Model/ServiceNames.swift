/// The names of services by port and the ports by name: `/etc/services` where it is given, our own table behind it.
package struct ServiceNames: Sendable {
  private struct Entry: Hashable, Sendable {
    let name: String
    let endpoint: ProtocolPort
  }

  private var namesByEndpoint: [ProtocolPort: String] = [:]
  private var endpointsByName: [String: [ProtocolPort]] = [:]

  /// Our own table alone, for hosts without `/etc/services`.
  package static let builtIn = ServiceNames(etcServices: "")

  /// Reads the text of an `/etc/services` file (services(5)); lines that do not fit the form are passed over, as the C
  /// library does. The first name of a port counts. Ports that the file does not name have the name of our own table.
  package init(etcServices text: String) {
    add(text)
    add(Self.ownTable)
  }

  /// The service that is registered for the endpoint, or commonly found there.
  package func name(of endpoint: ProtocolPort) -> String? { namesByEndpoint[endpoint] }

  /// The endpoints whose service's name or alias matches `pattern`, sorted: letters of either case, `*` for any text and
  /// `?` for any one character. O(names) for a pattern with wildcards.
  package func ports(named pattern: String) -> [ProtocolPort] {
    let wanted = pattern.lowercased()
    if !wanted.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) {
      return endpointsByName[wanted, default: []].sorted()
    }
    let glob = Array(wanted.utf8)
    var found: Set<ProtocolPort> = []
    for (name, endpoints) in endpointsByName where Self.matches(Array(name.utf8), glob) { found.formUnion(endpoints) }
    return found.sorted()
  }

  /// The ports of `transport` that have a name: what brackets in a port expression keep.
  package func namedPorts(of transport: TransportProtocol) -> PortSet {
    PortSet(ports: namesByEndpoint.keys.lazy.filter { $0.transport == transport }.map(\.port))
  }

  private mutating func add(_ table: String) {
    for line in table.utf8.split(separator: UInt8(ascii: "\n")) {
      let words = line.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 0x20 || (0x09...0x0d).contains($0) }
      guard words.count >= 2 else { continue }
      let halves = words[1].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      guard halves.count == 2, let number = UInt16(Substring(halves[0])),
        let transport = TransportProtocol(rawValue: String(Substring(halves[1])))
      else { continue }
      let endpoint = ProtocolPort(transport, Port(number))
      for word in [words[0]] + words[2...] {
        let name = String(Substring(word))
        if namesByEndpoint[endpoint] == nil { namesByEndpoint[endpoint] = name }
        if !endpointsByName[name.lowercased(), default: []].contains(endpoint) {
          endpointsByName[name.lowercased(), default: []].append(endpoint)
        }
      }
    }
  }

  /// Glob matching that goes back to the last star only: at most length times length steps, whatever the pattern.
  private static func matches(_ name: [UInt8], _ glob: [UInt8]) -> Bool {
    var position = 0
    var wanted = 0
    var star: (glob: Int, name: Int)?
    while position < name.count {
      if wanted < glob.count, glob[wanted] == UInt8(ascii: "*") {
        star = (wanted + 1, position)
        wanted += 1
      } else if wanted < glob.count, glob[wanted] == name[position] || glob[wanted] == UInt8(ascii: "?") {
        position += 1
        wanted += 1
      } else if let last = star {
        star = (last.glob, last.name + 1)
        wanted = last.glob
        position = last.name + 1
      } else {
        return false
      }
    }
    return glob[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
