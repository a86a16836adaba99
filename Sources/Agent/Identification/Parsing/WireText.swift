/// Octets of a stranger as text that is safe to store, print and send on.
enum WireText {
  /// The most octets of a banner that are kept.
  static let bannerLimit = 256

  /// The most octets of a name, title or other field that are kept.
  static let fieldLimit = 256

  /// Printable form of the first `limit` octets: valid UTF-8 stays, unless it could steer or reorder a terminal's text;
  /// every other octet stands as `\xHH`, line ends as `\r` and `\n`, a tab as `\t`, a backslash as `\\`.
  static func printable(_ octets: some Collection<UInt8>, limit: Int = fieldLimit) -> String {
    var result = ""
    var rest = Array(octets.prefix(limit))[...]
    while let first = rest.first {
      switch first {
      case 0x0a: result += "\\n"
      case 0x0d: result += "\\r"
      case 0x09: result += "\\t"
      case 0x5c: result += "\\\\"
      case 0x20...0x7e: result.unicodeScalars.append(Unicode.Scalar(first))
      default:
        if let (scalar, length) = scalar(at: rest), isPlain(scalar) {
          result.unicodeScalars.append(scalar)
          rest = rest.dropFirst(length)
          continue
        }
        result += "\\x" + hex(first)
      }
      rest = rest.dropFirst()
    }
    return result
  }

  /// What a service sent first: its lines of text, up to the first line that is none; or all of it, where it does not begin
  /// with a line of text. nil for nothing.
  static func banner(_ octets: [UInt8]) -> String? {
    var text = octets[..<octets.startIndex]
    while let end = octets[text.endIndex...].firstIndex(of: 0x0a) {
      guard octets[text.endIndex...end].allSatisfy({ $0 >= 0x20 || (0x09...0x0d).contains($0) }) else { break }
      text = octets[...end]
    }
    let shown = text.isEmpty ? octets[...] : text
    return shown.isEmpty ? nil : printable(shown, limit: bannerLimit)
  }

  /// Trimmed of white space at both ends; nil where nothing is left.
  static func field(_ octets: some Collection<UInt8>) -> String? {
    let trimmed = Octets.trimmed(Array(octets)[...])
    return trimmed.isEmpty ? nil : printable(trimmed)
  }

  /// Two lowercase hexadecimal digits.
  static func hex(_ octet: UInt8) -> String { (octet < 16 ? "0" : "") + String(octet, radix: 16) }

  /// The scalar of two to four octets that begins here (RFC 3629), and how many those are.
  private static func scalar(at octets: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
    guard let first = octets.first else { return nil }
    let length =
      switch first {
      case 0xc2...0xdf: 2
      case 0xe0...0xef: 3
      case 0xf0...0xf4: 4
      default: 0
      }
    guard length > 0, octets.count >= length,
      // Only what decodes without a repair is UTF-8: overlong forms and surrogates do not.
      let text = String(validating: octets.prefix(length), as: UTF8.self), text.unicodeScalars.count == 1,
      let scalar = text.unicodeScalars.first
    else { return nil }
    return (scalar, length)
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
    default: true
    }
  }
}
