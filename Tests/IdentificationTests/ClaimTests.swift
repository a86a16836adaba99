import Model
import Testing

@testable import Identification

@Suite("What is claimed of a service")
struct ClaimTests {
  struct Claim: Sendable, CustomStringConvertible {
    let exchange: Exchange
    let service: String
    var product: String?
    var version: String?
    var confidence = ServiceIdentity.Confidence.certain
    var description: String { exchange.name }
  }

  private static func claim(
    _ reader: @escaping ServiceReader, _ answers: [String], _ service: String, _ product: String? = nil,
    _ version: String? = nil, _ confidence: ServiceIdentity.Confidence = .certain
  ) -> Claim {
    var exchange = Exchange(answers[0], reader, [])
    exchange.answers = answers.map { Array($0.utf8) }
    return Claim(
      exchange: exchange, service: service, product: product, version: version, confidence: confidence)
  }

  private static let hello = "250 mail.example.org\r\n"

  /// Machines that are named after products and protocols that they do not run.
  static let all: [Claim] = [
    claim(MailReaders.transfer, ["220 dovecot.example.org ESMTP ready\r\n", hello], "smtp"),
    claim(MailReaders.transfer, ["220 Dovecot ESMTP ready\r\n", hello], "smtp"),
    claim(MailReaders.transfer, ["220 mail.example.org Dovecot (Debian) ready.\r\n", hello], "smtp", "Dovecot"),
    claim(MailReaders.transfer, ["220 mail.example.org Dovecot ready.\r\n", hello], "smtp", "Dovecot"),
    claim(MailReaders.transfer, ["220 postfix.example.org ESMTP ready\r\n", hello], "smtp"),
    claim(
      MailReaders.imap,
      ["* OK dovecot.example.com Cyrus IMAP 3.6.1 server ready\r\n", "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"],
      "imap",
      "Cyrus", "3.6.1"),
    claim(
      MailReaders.imap,
      ["* OK [CAPABILITY IMAP4rev1 ID] Dovecot (Debian) ready.\r\n", "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"],
      "imap",
      "Dovecot"),
    claim(
      MailReaders.imap, ["* OK courier-imap.example.com ready\r\n", "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"], "imap"),
    claim(MailReaders.pop, ["+OK courier.example.com POP3 ready\r\n", "-ERR what\r\n"], "pop3"),
    claim(MailReaders.pop, ["+OK Dovecot (Debian) ready.\r\n", "+OK\r\nUIDL\r\n.\r\n"], "pop3", "Dovecot"),
    claim(
      MailReaders.transfer,
      ["220 ProFTPD Server (smtp.example.org) [10.0.0.1]\r\n", "500 AUTH not understood\r\n"], "ftp", "ProFTPD"),
    claim(
      MailReaders.transfer,
      ["220 smtp FTP server\r\n", "500 EHLO not understood\r\n", "215 UNIX Type: L8\r\n", "500 no\r\n"], "ftp"),
    claim(MailReaders.transfer, ["220 ftp SMTP ready\r\n", hello], "smtp"),
    claim(MailReaders.transfer, ["220 SMTP welcome\r\n", "500 what\r\n"], "smtp", nil, nil, .likely),
    claim(MailReaders.transfer, ["220 FTP welcome\r\n", "500 what\r\n"], "ftp", nil, nil, .likely),
    claim(MailReaders.transfer, ["220 (vsFTPd 3.0.3)\r\n", "530 Please login\r\n"], "ftp", "vsFTPd", "3.0.3"),
    claim(MailReaders.transfer, ["554 mail.example.org ESMTP not for you\r\n"], "smtp", nil, nil, .likely),
    claim(
      MailReaders.transfer,
      ["220 m.example.org Microsoft ESMTP MAIL Service, Version: 10.0.14393.2608 ready at  Mon\r\n", hello], "smtp",
      "Microsoft ESMTP MAIL Service", "10.0.14393.2608"),
    claim(
      MailReaders.transfer, ["220 m.example.org Microsoft ESMTP MAIL Service ready at Mon\r\n", hello], "smtp",
      "Microsoft Exchange"),
    claim(HTTPReader.answer, ["HTTP/1.1 200 OK\r\nAudit-Id: 77\r\nContent-Length: 2\r\n\r\nok"], "http"),
    claim(DatabaseReaders.redis, [info("redis_version:7.0.15\r\nos:Linux")], "redis", "Redis", "7.0.15"),
    claim(
      DatabaseReaders.redis, [info("redis_version:7.2.0\r\ndragonfly_version:df-v1.14.1")], "redis", "Dragonfly",
      "df-v1.14.1"),
    claim(
      DatabaseReaders.redis, [info("redis_version:4.0.0\r\nos:Linux\r\nkvrocks_version:2.5.1")], "redis", "Kvrocks",
      "2.5.1"),
  ]

  private static func info(_ members: String) -> String {
    let text = "# Server\r\n\(members)\r\n"
    return "$\(text.utf8.count)\r\n\(text)\r\n"
  }

  @Test("Only what the wire shows is claimed; the name of a machine is none of it", arguments: all)
  func claims(_ claim: Claim) {
    let identity = claim.exchange.play().identity
    #expect(identity?.service == claim.service)
    #expect(identity?.product == claim.product)
    #expect(identity?.version == claim.version)
    #expect(identity?.confidence == claim.confidence)
  }

  @Test("Which of its kin speaks Redis' protocol is told when all of its answer has come, and not before")
  func redisInPieces() throws {
    let claim = try #require(Self.all.last)
    let whole = claim.exchange.answers[0]
    for length in 1..<(whole.count - 2) {
      let identity = claim.exchange.play(answers: [Array(whole[..<length])]).identity
      #expect(identity == nil)
    }
  }
}
