extension TargetParser {
  /// An IPv6 address with `%zone`, `/prefix` or both (RFC 4007, 11.7), or a range `first-last`.
  func ipv6(_ item: Range<Int>) throws(ExpressionError) -> TargetExpression {
    if let range = try ipv6Range(item) { return range }
    let slash = characters[item].firstIndex(of: "/")
    let host = try host(item.lowerBound..<(slash ?? item.upperBound))
    guard let slash else { return .addresses(Self.range(AddressRange(host.address), host.interface)) }
    let length = try prefixLength(in: item, slash: slash, atMost: 128)
    return .addresses(Self.range(AddressRange(network: host.address, prefixLength: length ?? 128), host.interface))
  }

  /// A range within ::ffff:0:0/96 is the IPv4 range that a socket would connect to: so exclusions meet it in whatever
  /// way it is spelled.
  private static func range(_ addresses: AddressRange, _ interface: String?) -> HostRange {
    let first = addresses.first.unmapped
    let last = addresses.last.unmapped
    guard first.family == .ipv4, last.family == .ipv4 else { return HostRange(addresses, interface: interface) }
    return HostRange(AddressRange(first, last))
  }

  /// Interface names may hold hyphens (`%br-lan`), so the hyphen of the range is one with an address on both sides.
  private func ipv6Range(_ item: Range<Int>) throws(ExpressionError) -> TargetExpression? {
    // Two addresses of at most 45 characters with zones of 15: what is longer is no range, and is not tried at each hyphen.
    guard item.count <= 128 else { return nil }
    for hyphen in item where characters[hyphen] == "-" {
      guard let first = HostAddress(string(item.lowerBound..<hyphen)), first.address.family == .ipv6,
        let last = HostAddress(string(hyphen + 1..<item.upperBound)), last.address.family == .ipv6
      else { continue }
      let start = try host(item.lowerBound..<hyphen)
      let end = try host(hyphen + 1..<item.upperBound)
      if let left = start.interface, let right = end.interface, left != right {
        throw error(hyphen + 1, "a range stays on one interface, not from \(left) to \(right)")
      }
      guard start.address <= end.address else {
        throw error(hyphen + 1, "the range runs backwards: \(end.address) is before \(start.address)")
      }
      return .addresses(Self.range(AddressRange(start.address, end.address), start.interface ?? end.interface))
    }
    return nil
  }

  private func host(_ body: Range<Int>) throws(ExpressionError) -> HostAddress {
    let percent = characters[body].firstIndex(of: "%")
    let digits = body.lowerBound..<(percent ?? body.upperBound)
    guard let address = IPAddress(string(digits)), address.family == .ipv6 else { throw diagnosis(digits) }
    guard let percent else { return HostAddress(address) }
    return HostAddress(address, interface: try zone(percent + 1..<body.upperBound))
  }

  /// An interface's name as Linux allows it: 1 to 15 octets, no blank, slash or colon (dev_valid_name in the kernel's
  /// net/core/dev.c, IFNAMSIZ in linux/if.h).
  private func zone(_ body: Range<Int>) throws(ExpressionError) -> String {
    let name = string(body)
    guard !name.isEmpty else { throw error(body.lowerBound, "an interface is missing behind %") }
    guard name.utf8.count <= 15 else { throw error(body.lowerBound, "an interface's name has at most 15 octets") }
    if let wrong = body.first(where: { !characters[$0].isASCII || !Self.isVisible(characters[$0]) }) {
      throw error(wrong, "this character does not belong in an interface's name")
    }
    return name
  }

  private static func isVisible(_ character: Character) -> Bool {
    guard let code = character.asciiValue else { return false }
    return code > 0x20 && code < 0x7f && !"/:%,".contains(character)
  }

  private func diagnosis(_ digits: Range<Int>) -> ExpressionError {
    let text = string(digits)
    if text.hasPrefix("[") {
      return error(digits.lowerBound, "an IPv6 address is written without brackets here, and ports are given with -p")
    }
    if characters[digits].count(where: { $0 == ":" }) == 1, !text.hasPrefix(":") || digits.count > 5 {
      let colon = characters[digits].firstIndex(of: ":") ?? digits.lowerBound
      return error(colon, "a target has no port; leave out the colon and give ports with -p")
    }
    let wrong = digits.first { position in
      !(characters[position].isASCII && (characters[position].isHexDigit || ":.".contains(characters[position])))
    }
    if let wrong { return error(wrong, "\"\(characters[wrong])\" does not belong in an IPv6 address") }
    if let long = pieces(of: digits, at: ":").first(where: { $0.count > 4 && !characters[$0].contains(".") }) {
      return error(long.lowerBound, "a group of an IPv6 address has at most four digits")
    }
    return error(
      digits.lowerBound,
      "an IPv6 address has eight groups of hexadecimal digits, or fewer and :: once in place of zeros")
  }
}
