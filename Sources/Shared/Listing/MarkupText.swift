/// Text of strangers inside XML and HTML.
package enum MarkupText {
  /// Text for an element or a quoted attribute. Controls, which XML 1.0, 2.2 allows not even as references, and what could
  /// forge a line or reorder one stand as visible escapes. All five characters have names or references that XML and HTML share.
  package static func escaped(_ text: String) -> String {
    let printable = PrintableText.escaped(text)
    guard printable.utf8.contains(where: isMarkup) else { return printable }
    var result = String.UnicodeScalarView()
    for scalar in printable.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;".unicodeScalars
      case "<": result += "&lt;".unicodeScalars
      case ">": result += "&gt;".unicodeScalars
      case "\"": result += "&quot;".unicodeScalars
      case "'": result += "&apos;".unicodeScalars
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// Appends the escaped text as UTF-8: fast where nothing is to be escaped.
  static func append(_ text: String, to bytes: inout [UInt8]) {
    var text = text
    let isPlain = text.withUTF8 { octets in
      for octet in octets where octet < 0x20 || octet >= 0x7f || isMarkup(octet) { return false }
      bytes.append(contentsOf: octets)
      return true
    }
    if !isPlain { bytes += escaped(text).utf8 }
  }

  private static func isMarkup(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
    default: false
    }
  }
}
