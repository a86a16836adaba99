internal import Model

extension SocketFilterParser {
  /// Behind sport or dport: `[FAMILY:][:]PORTS`.
  mutating func portPredicate(
    _ end: FilterPredicate.End, _ relation: FilterOperator, at operatorPlace: Int
  ) throws(ExpressionError) -> FilterExpression {
    let word = end == .local ? "sport" : "dport"
    var operand = try needOperand(of: word)
    var condition = InternetCondition()
    if let family = try takeFamily(&operand) {
      condition.family = family
      if family == nil { throw error(operand.start, "Unix sockets have no port; write src unix:PATH") }
    }
    // `*:PORT` and `:PORT` say the same.
    if operand.characters.count > 1, operand.characters[0] == "*", operand.characters[1] == ":" {
      operand = operand[1...]
    }
    if operand.characters.first == ":" { operand = operand[1...] }
    let ports = try ports(operand, of: word)
    switch relation {
    case .equal: condition.ports = ports
    case .notEqual: condition.ports = PortSet([0...65535]).subtracting(ports ?? PortSet([0...65535]))
    default:
      guard let ports, ports.count == 1, let port = ports.ranges.first?.lowerBound else {
        throw error(operand.start, "an order needs one port: write \(word) >= :1024")
      }
      condition.ports = Self.ports(relation, port)
    }
    return .predicate(.internet(end, condition))
  }

  private static func ports(_ relation: FilterOperator, _ port: UInt16) -> PortSet {
    switch relation {
    case .less: port == 0 ? PortSet() : PortSet([0...port - 1])
    case .greater: port == .max ? PortSet() : PortSet([port + 1...UInt16.max])
    case .atMost: PortSet([0...port])
    default: PortSet([port...UInt16.max])
    }
  }

  /// A list of ports, ranges and names of services; nil for `*` and for nothing, any port.
  mutating func ports(_ operand: FilterOperand, of word: String) throws(ExpressionError) -> PortSet? {
    if operand.characters.isEmpty || operand.text == "*" { return nil }
    var reader = FilterPorts(services: environment.services, transports: environment.transports)
    return try reader.ports(operand) { place, message in error(place, message) }
  }
}
