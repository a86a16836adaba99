import Testing

@testable import Identification

@Suite("Text from the wire")
struct WireTextTests {
  @Test(
    "What could steer a terminal is escaped, other text stays",
    arguments: [
      ("plain", "plain"), ("a\r\n", "a\\r\\n"), ("\\", "\\\\"), ("\u{1b}[2J", "\\x1b[2J"), ("Grüße", "Grüße"),
      ("\u{202e}x", "\\xe2\\x80\\xaex"), ("\u{7f}", "\\x7f"), ("\u{85}", "\\xc2\\x85"),
    ])
  func printable(text: String, expected: String) {
    #expect(WireText.printable(Array(text.utf8)) == expected)
  }

  @Test("Octets that are no UTF-8 stand one by one, cut ones too")
  func malformed() {
    #expect(WireText.printable([0xc3]) == "\\xc3")
    #expect(WireText.printable([0xed, 0xa0, 0x80, 0x41]) == "\\xed\\xa0\\x80A")
    #expect(WireText.printable([UInt8](repeating: 0x61, count: 1000)).count == WireText.fieldLimit)
  }

  @Test("A banner is the lines of text that came first")
  func banner() {
    #expect(WireText.banner(Array("SSH-2.0-x\r\n".utf8) + [0, 1, 2]) == "SSH-2.0-x\\r\\n")
    #expect(WireText.banner([0, 1]) == "\\x00\\x01")
    #expect(WireText.banner([]) == nil)
  }

  @Test(
    "Products and versions are split where services join them",
    arguments: [
      ("nginx/1.22.1", "nginx", "1.22.1"), ("Apache/2.4.57 (Debian)", "Apache", "2.4.57"),
      ("kamailio (5.6.3 (x86_64/linux))", "kamailio", "5.6.3"), ("OpenSSH_9.2p1", "OpenSSH", "9.2p1"),
      ("ngircd-26.1", "ngircd", "26.1"), ("cloudflare", "cloudflare", nil),
      ("Jetty(9.4.51.v20230217)", "Jetty", "9.4.51.v20230217"),
      ("gitea/v1.2", "gitea", "1.2"),
    ])
  func products(words: String, product: String, version: String?) {
    let text = ProductText(words: Array(words.utf8)[...])
    #expect(text.product == product)
    #expect(text.version == version)
  }

  @Test("A pattern tells the version only where it stands")
  func patterns() {
    let patterns = [ProductPattern("220*ESMTP Exim {}", "Exim"), ProductPattern("220*ESMTP Exim", "Exim")]
    #expect(
      patterns.match(Array("220 a ESMTP Exim 4.96 Mon".utf8)[...]) == ProductText(product: "Exim", version: "4.96"))
    #expect(patterns.match(Array("220 a ESMTP Exim".utf8)[...]) == ProductText(product: "Exim", version: nil))
    #expect(patterns.match(Array("220 a SMTP".utf8)[...]) == ProductText(product: nil, version: nil))
  }
}
