internal import Model

extension SocketFilterParser {
  /// Behind src or dst: `[FAMILY:]ADDRESS[/LENGTH][:PORTS]`, or `unix:PATTERN`.
  mutating func host(_ whole: FilterOperand, _ end: FilterPredicate.End) throws(ExpressionError) -> FilterPredicate {
    var operand = whole
    var condition = InternetCondition()
    if let family = try takeFamily(&operand) {
      guard let family else { return .path(end, GlobPattern(operand.text)) }
      condition.family = family
    }
    let (address, ports) = try parts(operand)
    if let ports { condition.ports = try self.ports(ports, of: end == .local ? "src" : "dst") }
    if !address.characters.isEmpty, !["*", "any", "all", "default"].contains(address.text) {
      condition.networks = try networks(address, family: condition.family)
    }
    return .internet(end, condition)
  }

  /// Takes a family in front; the inner nil is unix.
  func takeFamily(_ operand: inout FilterOperand) throws(ExpressionError) -> IPAddress.Family?? {
    guard let colon = operand.characters.firstIndex(of: ":") else { return nil }
    let family: IPAddress.Family?
    switch String(operand.characters[..<colon]) {
    case "inet": family = .ipv4
    case "inet6": family = .ipv6
    case "unix": family = nil
    case "link", "netlink", "vsock":
      throw error(operand.start, "packet, netlink and vsock sockets are not listed; families are inet, inet6 and unix")
    default: return nil
    }
    operand = operand[(colon + 1)...]
    return .some(family)
  }

  /// Where the address ends and the ports begin; nil for no ports.
  private func parts(_ operand: FilterOperand) throws(ExpressionError) -> (FilterOperand, FilterOperand?) {
    let characters = operand.characters
    if characters.first == "[" {
      guard let close = characters.firstIndex(of: "]") else { throw error(operand.start, "this bracket is not closed") }
      var address = operand[1..<close]
      var rest = operand[(close + 1)...]
      // ss takes the length inside of the brackets only.
      if rest.characters.first == "/" {
        let length = rest.characters.firstIndex(of: ":") ?? rest.characters.count
        if address.characters.contains("/") {
          throw error(rest.start, "the length stands inside of the brackets already")
        }
        address.characters += rest.characters[..<length]
        address.places += rest.places[..<length]
        address.end = rest.place(length)
        rest = rest[length...]
      }
      if rest.characters.isEmpty { return (address, nil) }
      guard rest.characters.first == ":" else { throw error(rest.start, "a port follows the bracket behind a colon") }
      return (address, rest[1...])
    }
    let slash = characters.firstIndex(of: "/") ?? 0
    guard let colon = characters[slash...].lastIndex(of: ":") else { return (operand, nil) }
    let split = (operand[0..<colon], Optional(operand[(colon + 1)...]))
    // One colon, or a length in front of it: a port.
    guard slash == 0, characters.firstIndex(of: ":") != colon else { return split }
    let asAddress = IPAddress(operand.text) != nil
    let asPort =
      IPAddress(split.0.text) != nil
      && (colon + 1 == characters.count || characters[(colon + 1)...].allSatisfy { $0.isASCII && $0.isNumber })
    if asAddress, asPort {
      let port = String(characters[(colon + 1)...])
      throw error(
        operand.start, "\"\(operand.text)\" has two readings: write [\(split.0.text)]:\(port) or [\(operand.text)]")
    }
    return asAddress ? (operand, nil) : IPAddress(split.0.text) != nil || colon == 0 ? split : (operand, nil)
  }

  private mutating func networks(
    _ operand: FilterOperand, family: IPAddress.Family?
  ) throws(ExpressionError) -> [AddressPrefix] {
    let slash = operand.characters.firstIndex(of: "/")
    let host = operand[0..<(slash ?? operand.characters.count)]
    let length = slash.map { operand[($0 + 1)...] }
    if let address = try literal(host, hasLength: length != nil) {
      if let family, address.family != family {
        throw error(host.start, "\(address) does not belong to \(family == .ipv4 ? "inet" : "inet6")")
      }
      guard let length else { return [AddressPrefix(address)] }
      return [AddressPrefix(address, length: try prefixLength(length, of: address.family))]
    }
    if let length { throw error(length.start, "only an address has a length, and \"\(host.text)\" is none") }
    try countName(host)
    let found = try answer(environment.addresses(host.text), host).filter { family == nil || $0.family == family }
    guard !found.isEmpty else { throw error(host.start, "\"\(host.text)\" has no address of that family") }
    return found.map { AddressPrefix($0) }
  }

  /// An address as it is written, short IPv4 forms before a length only; nil for what may be a name.
  private func literal(_ host: FilterOperand, hasLength: Bool) throws(ExpressionError) -> IPAddress? {
    let text = host.text
    if let address = IPAddress(text) { return address }
    if text.contains(":") {
      let advice = text.contains("%") ? "write the address, and dev with the interface beside it" : "check it"
      throw error(host.start, "\"\(text)\" is no IPv6 address: \(advice)")
    }
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2e }) else {
      guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x2f }), !text.isEmpty else {
        throw error(host.start, "\"\(text)\" is neither an address nor a name")
      }
      return nil
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let full = (Array(parts) + Array(repeating: "0", count: max(0, 4 - parts.count))).joined(separator: ".")
    guard let address = IPAddress(full) else { throw error(host.start, "\"\(text)\" is no IPv4 address") }
    // ss takes 10.1 for 10.1.0.0 and inet_aton for 10.0.0.1.
    guard hasLength else {
      throw error(host.start, "\"\(text)\" is half an address: write \(full), or a length: \(text)/\(parts.count * 8)")
    }
    return address
  }

  private func prefixLength(
    _ operand: FilterOperand, of family: IPAddress.Family
  ) throws(ExpressionError) -> Int {
    if let length = UInt8(decimalOrHexadecimal: operand.text), Int(length) <= family.bitWidth { return Int(length) }
    // A netmask, as iproute2 takes it.
    if family == .ipv4, let mask = IPAddress(operand.text), mask.family == .ipv4 {
      let bits = UInt32(truncatingIfNeeded: mask.value)
      if (~bits).leadingZeroBitCount + (~bits).nonzeroBitCount == 32 { return bits.nonzeroBitCount }
    }
    throw error(operand.start, "a length is at most \(family.bitWidth) here")
  }
}
