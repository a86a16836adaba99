internal import CoordinatorCore
internal import FoundationEssentials
internal import Model

/// A message as mail (RFC 5322), its text in base64, so that no line of it can be too long or mean something to SMTP.
enum MailText {
  private static let lineLimit = 100

  static func octets(_ message: AlertMessage, from: String, to: [String]) -> [UInt8] {
    let domain = from.split(separator: "@").last.map(String.init) ?? "periplus"
    var head = [
      "From: Periplus <\(from)>", "To: \(to.joined(separator: ",\r\n "))",
      "Subject: \(encoded(Payloads.title(message)))", "Date: \(date(message.createdAt))",
      // Stable: mail programs show one that comes twice once.
      "Message-ID: <\(message.id)@\(domain)>", "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
      "X-Periplus-Message: \(message.id)",
    ]
    if message.severity == .critical { head.append("Importance: high") }
    let lines =
      [Payloads.title(message), ""] + Payloads.lines(message, limit: lineLimit)
      + ["", "Message \(message.id) of \(message.createdAt)"]
    let body = Data(lines.joined(separator: "\r\n").utf8 + [13, 10]).base64EncodedString(
      options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed])
    return Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body + "\r\n").utf8)
  }

  /// Encoded words of at most 75 characters (RFC 2047, 2), each whole in UTF-8; plain ASCII as it is.
  static func encoded(_ text: String) -> String {
    if text.utf8.count <= 900, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }), !text.contains("=?") {
      return text.utf8.count <= 60 ? text : folded(text)
    }
    var words: [String] = []
    var part: [UInt8] = []
    func end() {
      if !part.isEmpty { words.append("=?utf-8?B?\(Data(part).base64EncodedString())?=") }
      part = []
    }
    for scalar in text.unicodeScalars.prefix(300) {
      let octets = Array(String(scalar).utf8)
      if part.count + octets.count > 42 { end() }
      part += octets
    }
    end()
    return words.joined(separator: "\r\n ")
  }

  /// At blanks, below the 78 characters that a line should have.
  private static func folded(_ text: String) -> String {
    var lines = [""]
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let last = lines[lines.count - 1]
      if !last.isEmpty, last.utf8.count + word.utf8.count > 60 {
        lines.append(String(word))
      } else {
        lines[lines.count - 1] = last.isEmpty ? String(word) : last + " " + word
      }
    }
    return lines.joined(separator: "\r\n ")
  }

  /// `Thu, 26 Nov 2026 22:30:00 +0000`.
  static func date(_ time: Timestamp) -> String {
    let text = Array(time.description.utf8)
    func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    // 1970-01-01 was a Thursday.
    let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let days = time.milliseconds >= 0 ? time.milliseconds / 86_400_000 : 0
    let month = months[(Int(part(5..<7)) ?? 1) - 1]
    return "\(names[Int(days % 7)]), \(part(8..<10)) \(month) \(part(0..<4)) \(part(11..<19)) +0000"
  }
}
