internal import Model

/// Rows as RFC 4180 text.
package enum CSVText {
  /// One record with its line break, CRLF as the RFC has it. A field is quoted where it holds a quote, a comma, a line
  /// break or blanks at its ends. No field is changed: what a spreadsheet makes of `=` at the beginning is told in the
  /// documentation, not guarded by altering data.
  package static func record(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\r\n"
  }

  /// Appends the record of a row as UTF-8, each value as its plain text.
  static func append(_ row: [ListingValue], to bytes: inout [UInt8]) {
    for (index, value) in row.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      switch value {
      case .absent: break
      case .text(let text): append(text, to: &bytes)
      case .time(let milliseconds): Timestamp(milliseconds: milliseconds).append(to: &bytes)
      case .integer(let number) where number >= 0: DecimalText.append(number.magnitude, to: &bytes)
      case .boolean(let flag): bytes.append(flag ? "true" : "false")
      case .list(let values) where values.isEmpty: break
      case .integer, .list, .object: append(value.plainText, to: &bytes)
      }
    }
    bytes.append("\r\n")
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    var text = text
    let isPlain = text.withUTF8 { octets in
      guard !needsQuotes(octets) else { return false }
      bytes.append(contentsOf: octets)
      return true
    }
    if !isPlain { bytes += quoted(text).utf8 }
  }

  /// Text that no spreadsheet takes for a formula: behind an apostrophe where it begins as one does (OWASP, "CSV Injection").
  package static func guarded(_ text: String) -> String {
    // Blanks before it do not save it everywhere, and some locales take the full-width forms too.
    switch text.unicodeScalars.first(where: { $0 != " " }) {
    case "=", "+", "-", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}": "'" + text
    default: text
    }
  }

  private static func field(_ text: String) -> String {
    var text = text
    return text.withUTF8(needsQuotes) ? quoted(text) : text
  }

  private static func needsQuotes(_ octets: UnsafeBufferPointer<UInt8>) -> Bool {
    octets.contains { $0 == 0x22 || $0 == 0x2c || $0 == 0x0a || $0 == 0x0d }
      || octets.first == 0x20 || octets.last == 0x20
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted += "\"\"" } else { quoted.unicodeScalars.append(scalar) }
    }
    return quoted + "\""
  }
}
