internal import Model

/// Values as JSON (RFC 8259), written by hand: it is fast, and member order is ours.
package enum JSONText {
  /// Appends one value, without white space.
  package static func append(_ value: ListingValue, to text: inout String) {
    var bytes: [UInt8] = []
    append(value, to: &bytes)
    text += String(decoding: bytes, as: UTF8.self)
  }

  /// Appends one value as UTF-8, without white space.
  package static func append(_ value: ListingValue, to bytes: inout [UInt8]) {
    switch value {
    case .text(let string): append(string, to: &bytes)
    case .integer(let number): append(number, to: &bytes)
    case .boolean(let flag): bytes.append(flag ? "true" : "false")
    case .time(let milliseconds):
      bytes.append(UInt8(ascii: "\""))
      Timestamp(milliseconds: milliseconds).append(to: &bytes)
      bytes.append(UInt8(ascii: "\""))
    case .list(let values):
      bytes.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        append(key: member.key, isFirst: index == 0, to: &bytes)
        append(member.value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    case .absent: bytes.append("null")
    }
  }

  /// What stands before the value of each column in a row's object.
  static func beginnings(_ columns: [ListingColumn]) -> [[UInt8]] {
    columns.enumerated().map { position, column in
      var bytes: [UInt8] = position == 0 ? [UInt8(ascii: "{")] : []
      append(key: column.key, isFirst: position == 0, to: &bytes)
      return bytes
    }
  }

  /// Appends a row as one object, with `beginnings` of its columns.
  static func append(_ beginnings: [[UInt8]], _ row: [ListingValue], to bytes: inout [UInt8]) {
    if beginnings.isEmpty { bytes.append(UInt8(ascii: "{")) }
    for position in beginnings.indices {
      bytes += beginnings[position]
      append(position < row.count ? row[position] : .absent, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private static func append(key: String, isFirst: Bool, to bytes: inout [UInt8]) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    append(key, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
  }

  private static func append(_ number: Int64, to bytes: inout [UInt8]) {
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    DecimalText.append(number.magnitude, to: &bytes)
  }

  /// Quotes, backslashes and controls are escaped as RFC 8259, section 7 asks; so are DEL and C1 controls, which are
  /// allowed but steer terminals, and U+2028 and U+2029, which end lines in JavaScript.
  private static func append(_ string: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var string = string
    let isPlain = string.withUTF8 { octets in
      for octet in octets where mayNeedEscape(octet) { return false }
      bytes += octets
      return true
    }
    if !isPlain { for scalar in string.unicodeScalars { append(scalar, to: &bytes) } }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Octets with which a scalar begins that is escaped: C1 controls are C2 80 to C2 9F, line separators E2 80 A8 and A9.
  private static func mayNeedEscape(_ octet: UInt8) -> Bool {
    octet < 0x20 || octet == 0x22 || octet == 0x5c || octet == 0x7f || octet == 0xc2 || octet == 0xe2
  }

  private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    switch scalar {
    case "\"": bytes += "\\\"".utf8
    case "\\": bytes += "\\\\".utf8
    case "\n": bytes += "\\n".utf8
    case "\r": bytes += "\\r".utf8
    case "\t": bytes += "\\t".utf8
    case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}":
      let digits = String(scalar.value, radix: 16)
      bytes += "\\u".utf8
      bytes += String(repeating: "0", count: 4 - digits.count).utf8
      bytes += digits.utf8
    default: bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
    }
  }
}
