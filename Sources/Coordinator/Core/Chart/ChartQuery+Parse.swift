package import Model

extension ChartQuery {
  /// SQLite takes expressions up to a depth of 1,000 (sqlite.org/limits.html); a service name may stand for several ports.
  private static let valueLimit = 200

  private static let fields = "agent host net pid port proc product proto service site state unit user verdict zone"

  /// Reads `field:value[,value…]` terms separated by blanks; all must hold.
  ///
  /// A bare address or network means `net:`, a bare number `port:`. Throws an error that points at the term at fault.
  package init(parsing text: String, services: ServiceNames) throws(ExpressionError) {
    var terms: [Term] = []
    var valueCount = 0
    var index = text.startIndex
    while let start = text[index...].firstIndex(where: { !$0.isWhitespace }) {
      let end = text[start...].firstIndex(where: \.isWhitespace) ?? text.endIndex
      let offset = text.distance(from: text.startIndex, to: start)
      valueCount += 1 + text[start..<end].count { $0 == "," }
      guard valueCount <= Self.valueLimit else {
        throw ExpressionError(
          .query, expression: text, offset: offset, message: "a query has at most \(Self.valueLimit) values")
      }
      do throws(TermError) {
        terms.append(try Self.term(text[start..<end], services: services))
      } catch {
        throw ExpressionError(.query, expression: text, offset: offset + error.offset, message: error.message)
      }
      index = end
    }
    self.init(terms: terms)
  }

  /// What is wrong with a term; the offset counts from its first character.
  private struct TermError: Error {
    var offset: Int
    var message: String
  }

  private static func term(_ text: Substring, services: ServiceNames) throws(TermError) -> Term {
    if let network = network(text) { return .net([network]) }
    if let port = UInt16(text) { return .port([port...port]) }
    guard let colon = text.firstIndex(of: ":") else {
      if ["and", "or", "not", "(", ")"].contains(text.lowercased()) {
        throw TermError(
          offset: 0, message: "terms are joined by blanks and must all hold; \"\(text)\" is not available yet")
      }
      throw TermError(offset: 0, message: "expected FIELD:VALUE, with one of the fields \(fields)")
    }
    let field = text[..<colon].lowercased()
    let rest = text[text.index(after: colon)...]
    let valueOffset = field.count + 1
    let values = rest.split(separator: ",", omittingEmptySubsequences: true)
    guard !values.isEmpty else { throw TermError(offset: valueOffset, message: "a value must follow \"\(field):\"") }

    func each<Value>(_ expected: String, _ read: (Substring) -> Value?) throws(TermError) -> [Value] {
      var result: [Value] = []
      for value in values {
        guard let one = read(value) else {
          let offset = text.distance(from: text.startIndex, to: value.startIndex)
          throw TermError(offset: offset, message: "\"\(value)\" is not \(expected)")
        }
        result.append(one)
      }
      return result
    }

    switch field {
    case "site": return .site(values.map(String.init))
    case "zone": return .zone(values.map(String.init))
    case "agent": return .agent(values.map(String.init))
    case "net", "host": return .net(try each("an address, a network or a range of addresses", network))
    case "port": return .port(try each("a port or a range of ports such as 1..1024", portRange))
    case "proto": return .transport(try each("tcp, udp or sctp") { TransportProtocol(rawValue: $0.lowercased()) })
    case "state":
      let states = EndpointState.allCases.map(\.rawValue).joined(separator: ", ")
      return .state(try each("one of \(states)") { EndpointState(rawValue: $0.lowercased()) })
    case "verdict":
      let verdicts = Verdict.allCases.map(\.rawValue).joined(separator: ", ")
      return .verdict(try each("one of \(verdicts)") { Verdict(rawValue: $0.lowercased()) })
    case "service":
      let names = try each("a service name") { isServiceName($0) ? $0.lowercased() : nil }
      return .service(names, registered: names.flatMap { services.ports(named: $0) })
    case "product": return .product(values.map(String.init))
    case "proc": return .process(values.map(String.init))
    case "pid": return .pid(try each("a process id") { Int32($0) })
    case "user": return .user(values.map(String.init))
    case "unit": return .unit(values.map(String.init))
    default:
      throw TermError(offset: 0, message: "there is no field \"\(field)\"; the fields are \(fields)")
    }
  }

  /// Letters, digits and what names of identified and registered services hold besides (RFC 6335, 5.1; `_`, `.` and `+` by
  /// custom).
  private static func isServiceName(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { octet in
      switch octet {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2b, 0x2d, 0x2e, 0x5f: true
      default: false
      }
    }
  }

  private static func network(_ text: Substring) -> AddressRange? {
    if let address = IPAddress(text) { return AddressRange(address) }
    if let slash = text.firstIndex(of: "/") {
      guard let address = IPAddress(text[..<slash]), let length = Int(text[text.index(after: slash)...]),
        (0...address.family.bitWidth).contains(length)
      else { return nil }
      return AddressRange(network: address, prefixLength: length)
    }
    let ends = text.split(separator: "-")
    guard ends.count == 2, let first = IPAddress(ends[0]), let last = IPAddress(ends[1]), first.family == last.family,
      first <= last
    else { return nil }
    return AddressRange(first, last)
  }

  private static func portRange(_ text: Substring) -> ClosedRange<UInt16>? {
    if let port = UInt16(text) { return port...port }
    guard let dots = text.firstRange(of: ".."), let first = UInt16(text[..<dots.lowerBound]),
      let last = UInt16(text[dots.upperBound...]), first <= last
    else { return nil }
    return first...last
  }
}
