internal import Model

/// Reads lists of ports, ranges and names of services: `80,443,8000-8100,ssh`.
struct FilterPorts {
  let services: () -> ServiceNames
  let transports: Set<TransportProtocol>

  /// - Throws: `ExpressionError`, made by `error`.
  mutating func ports(
    _ list: FilterOperand, _ error: (Int, String) -> ExpressionError
  ) throws(ExpressionError) -> PortSet {
    var ranges: [ClosedRange<UInt16>] = []
    for item in list.split(at: ",") {
      let text = item.text
      guard !text.isEmpty else { throw error(item.start, "a port is missing in this list") }
      if item.characters.allSatisfy(Self.isDigit) || text.hasPrefix("0x") {
        let port = try number(item, error)
        ranges.append(port...port)
      } else if let found = try named(item, error) {
        ranges += found.ranges
      } else if let dash = item.characters.firstIndex(of: "-"), item.characters[..<dash].allSatisfy(Self.isDigit) {
        ranges.append(try range(item, dash: dash, error))
      } else if let colon = item.characters.firstIndex(of: ":") {
        throw error(item.place(colon), "a port has no address in front: addresses belong to src and dst")
      } else {
        throw error(item.start, "no \(protocols) service is called \"\(text.prefix(40))\"")
      }
    }
    return PortSet(ranges)
  }

  private func range(
    _ item: FilterOperand, dash: Int, _ error: (Int, String) -> ExpressionError
  ) throws(ExpressionError) -> ClosedRange<UInt16> {
    let upper = item[(dash + 1)...]
    guard dash > 0, !upper.characters.isEmpty else {
      throw error(item.place(dash), "a range has both ends: write 8000-8100")
    }
    let first = try number(item[0..<dash], error)
    var last = first
    if upper.characters.allSatisfy(Self.isDigit) {
      last = try number(upper, error)
    } else if let found = try named(upper, error), let port = found.ranges.first?.lowerBound {
      last = port
    } else {
      throw error(upper.start, "no \(protocols) service is called \"\(upper.text.prefix(40))\"")
    }
    guard first <= last else { throw error(item.start, "the range \(first)-\(last) runs backwards") }
    return first...last
  }

  private func number(
    _ item: FilterOperand, _ error: (Int, String) -> ExpressionError
  ) throws(ExpressionError) -> UInt16 {
    if let port = UInt16(decimalOrHexadecimal: item.text) { return port }
    if item.characters.count > 1, item.characters[0] == "0", item.characters[1] != "x" {
      // 022 is 18 to ss and 22 to others.
      throw error(item.start, "port \(item.text.prefix(12)) has a leading zero, which some read as octal")
    }
    let isHexadecimal = item.text.hasPrefix("0x")
    let isNumber = isHexadecimal ? item.characters.dropFirst(2).allSatisfy(\.isHexDigit) : true
    throw error(
      item.start, isNumber ? "port \(item.text.prefix(12)) is over 65535" : "\"\(item.text.prefix(12))\" is no port")
  }

  /// The ports of a service; nil where no service is called so.
  private func named(
    _ item: FilterOperand, _ error: (Int, String) -> ExpressionError
  ) throws(ExpressionError) -> PortSet? {
    let text = item.text
    // The table of names reads these as wildcards.
    guard !text.contains("*"), !text.contains("?") else { return nil }
    var found: [TransportProtocol: PortSet] = [:]
    for endpoint in services().ports(named: text) where transports.contains(endpoint.transport) {
      found[endpoint.transport] = (found[endpoint.transport] ?? PortSet()).union(PortSet(ports: [endpoint.port]))
    }
    if let tcp = found[.tcp], let udp = found[.udp], tcp != udp {
      throw error(item.start, "\"\(text)\" is \(tcp) for tcp and \(udp) for udp: write the number")
    }
    return found.values.first
  }

  private var protocols: String { transports.sorted().map(\.rawValue).joined(separator: " or ") }

  private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
