/// A reply of three digits and text over one or more lines: those before the last have a hyphen after the digits (RFC 5321,
/// 4.2; RFC 959, 4.2).
struct NumericReply {
  /// nil while the last line has not come.
  let code: Int?

  /// nil where the octets do not begin like a reply.
  init?(_ received: Received) {
    let start = received.octets.prefix(4)
    guard start.prefix(3).allSatisfy(Octets.isDigit) else { return nil }
    guard start.count == 4 else {
      code = nil
      return
    }
    guard [0x20, 0x2d, 0x0d, 0x0a].contains(start[start.endIndex - 1]) else { return nil }
    let digits = start.prefix(3)
    let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    let isWhole = Octets.lines(received.octets).contains { line in
      line.starts(with: digits) && line.dropFirst(3).first != UInt8(ascii: "-")
    }
    code = isWhole || received.isFinal ? number : nil
  }
}
