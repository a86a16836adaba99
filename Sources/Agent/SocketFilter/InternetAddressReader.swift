internal import Model

/// Reads one address of lsof's `-i`.
struct InternetAddressReader {
  private let text: String
  private let characters: [Character]
  private let environment: FilterEnvironment
  private var position = 0
  private var family: IPAddress.Family?
  private var protocols: Set<SocketProtocol>?

  init(text: String, environment: FilterEnvironment) {
    self.text = text
    characters = Array(text)
    self.environment = environment
  }

  mutating func expression() throws(ExpressionError) -> FilterExpression {
    if characters.first == "4" || characters.first == "6" {
      family = characters[0] == "4" ? .ipv4 : .ipv6
      position = 1
    }
    let isBare = position == characters.count
    let internet = FilterExpression.predicate(.protocols(Set(SocketProtocol.allCases.filter(\.isInternet))))
    if isBare {
      guard let family else { return internet }
      return .predicate(.internet(.local, InternetCondition(family: family)))
    }
    try readProtocol()
    let networks = try readHost()
    let ports = try readPorts()
    if position < characters.count { throw error(position, "a port follows a colon: write :80") }
    let condition = InternetCondition(networks: networks, ports: ports)
    var all: [FilterExpression] = [protocols.map { .predicate(.protocols($0)) } ?? internet]
    if networks == nil, ports == nil {
      if family != nil { all.append(at(.local, condition)) }
    } else {
      all.append(.any([at(.local, condition), at(.remote, condition)]))
    }
    return all.count == 1 ? all[0] : .all(all)
  }

  /// The condition at one end, with the version.
  private func at(_ end: FilterPredicate.End, _ condition: InternetCondition) -> FilterExpression {
    var condition = condition
    switch family {
    case nil: return .predicate(.internet(end, condition))
    case .ipv4:
      // A network of IPv4 holds mapped addresses too.
      if condition.networks == nil { condition.networks = [.everyIPv4] }
      return .predicate(.internet(end, condition))
    case .ipv6:
      condition.family = .ipv6
      return .all([
        .predicate(.internet(end, condition)),
        .not(.predicate(.internet(end, InternetCondition(networks: [.everyIPv4])))),
      ])
    }
  }

  private mutating func readProtocol() throws(ExpressionError) {
    let start = position
    while position < characters.count, characters[position] != "@", characters[position] != ":" { position += 1 }
    guard position > start else { return }
    let word = String(characters[start..<position])
    switch word.lowercased() {
    case "tcp": protocols = [.tcp]
    case "udp": protocols = [.udp]
    case "udplite": protocols = [.udplite]
    case _ where word.allSatisfy { $0.isASCII && $0.isNumber || $0 == "," || $0 == "-" }:
      throw error(start, "a port follows a colon: write \(String(characters[..<start])):\(word)")
    case _ where IPAddress(String(characters[start...])) != nil || word.contains("."):
      throw error(start, "a host follows an @: write \(String(characters[..<start]))@\(word)")
    default:
      let hint = NearestWord.to(word, among: ["tcp", "udp", "udplite"]).map { "; did you mean \($0)?" } ?? ""
      throw error(start, "\"\(word.prefix(40))\" is no protocol, which are tcp, udp and udplite\(hint)")
    }
  }

  private mutating func readHost() throws(ExpressionError) -> [AddressPrefix]? {
    guard position < characters.count, characters[position] == "@" else { return nil }
    position += 1
    let start = position
    guard start < characters.count, characters[start] != ":" else {
      throw error(start, "a host is missing behind the @")
    }
    if characters[start] == "[" {
      guard let close = characters[start...].firstIndex(of: "]") else {
        throw error(start, "this bracket is not closed")
      }
      position = close + 1
      let inner = String(characters[(start + 1)..<close])
      guard let address = IPAddress(inner), address.family == .ipv6 else {
        throw error(start + 1, "\"\(inner.prefix(60))\" is no IPv6 address")
      }
      return [AddressPrefix(try checked(address.unmapped, at: start))]
    }
    while position < characters.count, characters[position] != ":" { position += 1 }
    let name = String(characters[start..<position])
    if IPAddress(String(characters[start...])) != nil, name != String(characters[start...]) {
      throw error(start, "an IPv6 address stands in brackets: write @[\(String(characters[start...]))]")
    }
    if let address = IPAddress(name) { return [AddressPrefix(try checked(address, at: start))] }
    guard !name.contains("/") else {
      throw error(start, "-i takes no networks; write src \(name) or dst \(name) as a filter")
    }
    switch environment.addresses(name) {
    case .failure(let refusal): throw error(start, "\"\(name.prefix(60))\": \(refusal.reason)")
    case .success(let found):
      let wanted = found.filter { family == nil || $0.family == family }
      guard !wanted.isEmpty else { throw error(start, "\"\(name.prefix(60))\" has no address of that version") }
      return wanted.map { AddressPrefix($0) }
    }
  }

  /// Addresses that fit the version and name a host; lsof refuses the others too.
  private func checked(_ address: IPAddress, at place: Int) throws(ExpressionError) -> IPAddress {
    if address.isUnspecified { throw error(place, "\(address) names no host") }
    if let family, address.family != family {
      throw error(place, "\(address) does not fit the \(family.rawValue) in front")
    }
    return address
  }

  private mutating func readPorts() throws(ExpressionError) -> PortSet? {
    guard position < characters.count, characters[position] == ":" else { return nil }
    position += 1
    var list = FilterOperand(
      characters: Array(characters[position...]), places: Array(position..<characters.count), start: position,
      end: characters.count)
    // lsof bears a comma at the end.
    if list.characters.count > 1, list.characters.last == "," { list = list[0..<(list.characters.count - 1)] }
    position = characters.count
    var transports = environment.transports
    if let protocols { transports = protocols == [.tcp] ? [.tcp] : [.udp] }
    var reader = FilterPorts(services: environment.services, transports: transports)
    // Port 0 is no port: it stands where there is no peer.
    return try reader.ports(list) { place, message in error(place, message) }.subtracting(PortSet([0...0]))
  }

  private func error(_ place: Int, _ message: String) -> ExpressionError {
    ExpressionError(.internetAddress, expression: text, offset: place, message: message)
  }
}
