import CoordinatorCore
import CoordinatorTrust
import Model
import SeededRandom
import Testing

@testable import Delivery

/// Messages in the forms that receivers take, with what strangers have named in them.
@Suite struct PayloadTests {
  private static let now = Timestamp(milliseconds: 1_764_196_200_000)

  private func message(process: String, count: Int = 1) -> AlertMessage {
    var content = AlertGroupContent()
    for index in 0..<count {
      var subject = NoticeSubject(
        record: NoticeRecord(
          id: Int64(index),
          notice: ChangeNotice(
            kind: .process, site: SiteID(1), address: IPAddress(ipv4: 0x0a00_0005 + UInt32(index)),
            endpoint: ProtocolPort(.tcp, 80), before: "nginx", after: process, observedAt: Self.now,
            acceptedAt: Self.now)), site: "default")
      subject.zone = "dmz"
      content.add(subject) { Array($0.suffix(16)) }
    }
    return AlertMessage(id: "msg_1", alert: "a", severity: .critical, createdAt: Self.now, content: content)
  }

  @Test("Signatures are those of the specification's example")
  func signs() throws {
    // standard-webhooks, libraries' test vector.
    let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    #expect(
      secret.signature(
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    for text in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!"] {
      #expect(WebhookSecret(text) == nil)
    }
    #expect(WebhookSecret(WebhookSecret.generate()) != nil)
  }

  @Test("Line ends, controls and bidirectional marks of strangers stand as escapes")
  func escapesLines() {
    let hostile = "evil\r\nX-Injected: 1\u{202e}\u{1b}[31m"
    let text = Payloads.title(message(process: hostile)) + Payloads.lines(message(process: hostile)).joined()
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e })
    #expect(text.contains("\\r\\n"))
    for datagram in LocalLog.syslog(message(process: hostile)) { #expect(!datagram.contains { $0 < 0x20 }) }
    let journal = LocalLog.journal(message(process: hostile))
    #expect(journal.allSatisfy { String(decoding: $0, as: UTF8.self).split(separator: "\n").count == 6 })
  }

  @Test("Chat messages have no place where a stranger's text is markup")
  func keepsMarkupOut() throws {
    let hostile = "<!channel> [click](http://evil.example) *bold*"
    let slack = String(decoding: try Payloads.slack(message(process: hostile)), as: UTF8.self)
    #expect(!slack.contains("mrkdwn"))
    #expect(slack.contains("&lt;!channel&gt;"))
    let teams = String(decoding: try Payloads.teams(message(process: hostile)), as: UTF8.self)
    #expect(!teams.contains("\"TextBlock\""))
    #expect(teams.contains("TextRun"))
  }

  @Test("Chat messages list some and count the others")
  func boundsLists() {
    let lines = Payloads.lines(message(process: "x", count: 254))
    #expect(lines.count == 16)
    #expect(lines.last == "and 239 more")
  }

  @Test("Mail has short lines of ASCII, whatever is in it", arguments: 0..<8 as Range<UInt64>)
  func writesMail(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let name = String(
        String.UnicodeScalarView(
          (0..<Int.random(in: 0...400, using: &random)).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 1...0x2_ffff, using: &random))
          }))
      let mail = MailText.octets(
        message(process: name, count: Int.random(in: 1...200, using: &random)), from: "a@example.org",
        to: ["b@example.org", "c@example.org"])
      #expect(mail.allSatisfy { ($0 >= 0x20 && $0 < 0x7f) || $0 == 13 || $0 == 10 })
      let lines = String(decoding: mail, as: UTF8.self).replacing("\r\n", with: "\n").split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(!lines.contains { $0.contains("\r") || $0.utf8.count > 200 })
      // The head ends where we end it.
      let head = lines.prefix { !$0.isEmpty }
      #expect(head.filter { !$0.hasPrefix(" ") }.count == 11)
    }
  }

  @Test("Dates are those of RFC 5322")
  func writesDates() {
    #expect(MailText.date(Self.now) == "Wed, 26 Nov 2025 22:30:00 +0000")
    #expect(MailText.date(Timestamp(milliseconds: 0)) == "Thu, 01 Jan 1970 00:00:00 +0000")
  }
}
