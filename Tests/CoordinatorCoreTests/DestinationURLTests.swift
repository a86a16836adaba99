import Testing

@testable import CoordinatorCore

/// URLs read strictly: what another reader might take for another host is refused.
@Suite struct DestinationURLTests {
  private func read(_ text: String) -> DestinationURL? { DestinationURL(text, schemes: ["http", "https", "smtp"]) }

  @Test(
    "Host, port and path are told apart, and the origin shows no path",
    arguments: [
      ("https://hooks.example.com/services/T0/B0?x=1", "hooks.example.com", 443, "https://hooks.example.com"),
      ("http://10.0.0.5:8080", "10.0.0.5", 8_080, "http://10.0.0.5:8080"),
      ("HTTP://[2001:DB8::1]:81/x", "2001:db8::1", 81, "http://[2001:db8::1]:81"),
      ("smtp://relay.example.com", "relay.example.com", 25, "smtp://relay.example.com"),
      ("http://a.example?q", "a.example", 80, "http://a.example"),
    ])
  func reads(text: String, host: String, port: Int, origin: String) throws {
    let url = try #require(read(text))
    #expect(url.host == host)
    #expect(url.port == port)
    #expect(url.origin == origin)
  }

  @Test(
    "Users, fragments, blanks, backslashes, numbers in odd forms and other schemes are refused",
    arguments: [
      "http://good@evil.example/", "http://evil.example#@good.example/", "http://good.example\\@evil.example/",
      "http://good.example /", "http://127.1/", "http://0x7f.0.0.1/", "http://2130706433/", "http://0177.0.0.1/",
      "http://[::1/", "http://[fe80::1%25eth0]/", "http://a..b/", "http://a.example:0/", "http://a.example:/",
      "http://a.example:99999/", "gopher://a.example/", "file:///etc/passwd", "http://", "http:///x",
      "http://ä.example/",
      "http://a.example/\r\nX: y", "//a.example/", "http://%6c.example/",
    ])
  func refuses(text: String) { #expect(read(text) == nil) }

  @Test("Texts lose what they have of secrets")
  func removesSecrets() {
    var secrets = ReceiverSecrets()
    secrets.url = "https://hooks.example.com/services/T000/B000"
    secrets.signing = ["whsec_abcdefgh"]
    secrets.password = "hunter22"
    let text = "no https://hooks.example.com/services/T000/B000, services/T000/B000, whsec_abcdefgh or hunter22"
    #expect(secrets.removed(from: text) == "no …, …, … or …")
    #expect(!"\(secrets)".contains("hunter22"))
    #expect(!String(reflecting: secrets).contains("hunter22"))
  }
}
