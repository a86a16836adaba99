/// What a table does to its cells; apart from the layout, which is generic and would look up its own type for each call.
enum TableText {
  static func appendBlanks(_ count: Int, to bytes: inout [UInt8]) {
    for _ in 0..<max(0, count) { bytes.append(UInt8(ascii: " ")) }
  }

  static func isIPv6(_ cell: [UInt8]) -> Bool {
    let address = cell.prefix { $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "/") }
    return address.count { $0 == UInt8(ascii: ":") } >= 2
      && address.allSatisfy { octet in
        switch octet {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66, 0x3a, 0x2e: true
        default: false
        }
      }
  }

  static func shorten(_ cell: inout [UInt8], to limit: Int) {
    guard isIPv6(cell), cell.count > limit else { return }
    let head = (limit - 1) / 2
    cell = cell.prefix(head) + Array("\u{2026}".utf8) + cell.suffix(limit - 1 - head)
  }
}
