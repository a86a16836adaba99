import Model
import Testing

@testable import Identification

@Suite("Recorded exchanges")
struct RecordedExchangeTests {
  struct Expected: Sendable {
    let service: String
    var product: String?
    var version: String?
    var isSecuring = false

    init(_ service: String, _ product: String? = nil, _ version: String? = nil, isSecuring: Bool = false) {
      self.service = service
      self.product = product
      self.version = version
      self.isSecuring = isSecuring
    }
  }

  static let expected: [String: Expected] = [
    "docker": Expected("docker", "Docker", "24.0.7"),
    "kubernetes": Expected("kubernetes", "Kubernetes", "1.28.4+k3s2"),
    "elasticsearch": Expected("elasticsearch", "Elasticsearch", "8.11.1"),
    "opensearch": Expected("elasticsearch", "OpenSearch", "2.11.0"),
    "proxy that wants a password": Expected("http-proxy"),
    "chunked page": Expected("http", "BaseHTTP", "0.6"),
    "rtsp": Expected("rtsp", "GStreamer"),
    "dropbear": Expected("ssh", "dropbear", "2022.83"),
    "greeting in lines, Postfix": Expected("smtp", "Postfix"),
    "SMTP that does not say so": Expected("smtp", isSecuring: true),
    "FTP that does not say so": Expected("ftp"),
    "INN": Expected("nntp", "INN", "2.7.1"),
    "POP3 with its software in CAPA": Expected("pop3", "Stalwart", "0.6.0", isSecuring: true),
    "ManageSieve": Expected("sieve", "Dovecot Pigeonhole", isSecuring: true),
    "Redis with a password": Expected("redis"),
    "Valkey": Expected("redis", "Valkey", "8.0.1"),
    "IRC with a cookie": Expected("irc", "UnrealIRCd", "6.1.2"),
    "XMPP": Expected("xmpp", isSecuring: true),
    "MySQL 8": Expected("mysql", nil, "8.0.35-0ubuntu0.22.04.1"),
    "MariaDB that refuses the host": Expected("mysql", "MariaDB"),
    "PostgreSQL without TLS": Expected("postgresql"),
    "MongoDB": Expected("mongodb", nil, "7.0.5"),
    "AMQP": Expected("amqp", "RabbitMQ", "3.12.1"),
    "AMQP of another version": Expected("amqp"),
    "LDAP with a vendor": Expected("ldap", "389 Project", "389-Directory/2.3.1"),
    "Active Directory": Expected("ldap", "Active Directory", isSecuring: true),
    "SMB 1": Expected("smb"),
    "RDP that refuses TLS": Expected("rdp"),
    "DNS that tells nothing": Expected("domain"),
    "MQTT that wants a password": Expected("mqtt"),
    "MQTT that tells its version": Expected("mqtt", "mosquitto", "2.0.18"),
    "Telnet": Expected("telnet"),
    "HTTP/2 alone": Expected("http"),
    "VNC": Expected("vnc"),
    "SOCKS": Expected("socks5"),
    "OpenSSH": Expected("ssh", "OpenSSH", "9.2p1"),
    "SSH with curves of NIST": Expected("ssh", "Server"),
    "memcached": Expected("memcached", "memcached", "1.6.18"),
    "memcached asked amiss": Expected("memcached", "memcached", "1.6.18"),
    "beanstalkd": Expected("beanstalkd", nil, "1.12"),
    "rsync": Expected("rsync"),
    "SIP": Expected("sip", "kamailio", "5.6.3"),
    "IMAP": Expected("imap", "Dovecot", isSecuring: true),
    "IRC with a name in use": Expected("irc", "ngircd", "26.1"),
    "SMB 2": Expected("smb"),
    "RDP that offers TLS": Expected("rdp", isSecuring: true),
    "BIND": Expected("domain", "BIND", "9.18.24-1-Debian"),
  ]

  @Test("Each shows service, product and version, and goes on to TLS where it is offered", arguments: Recorded.all)
  func outcome(_ exchange: Exchange) throws {
    let expected = try #require(Self.expected[exchange.name])
    let outcome = exchange.play()
    #expect(outcome.identity?.service == expected.service)
    #expect(outcome.identity?.product == expected.product)
    #expect(outcome.identity?.version == expected.version)
    #expect(outcome.isSecuring == expected.isSecuring)
  }

  @Test("No other reader takes an exchange for its own", arguments: Recorded.all)
  func isUnmistakable(_ exchange: Exchange) throws {
    let service = try #require(Self.expected[exchange.name]).service
    for reader in ServiceProbes.commonReaders + ServiceProbes.others.flatMap(\.readers) + [HTTPReader.answer] {
      let other = Exchange("other", reader, []).play(answers: exchange.answers)
      if let identity = other.identity, identity.confidence == .certain { #expect(identity.service == service) }
    }
  }

  @Test("A page's status, server, title and redirect are told")
  func http() throws {
    let page = try #require(Recorded.all.first { $0.name == "chunked page" }).play().identity?.http
    #expect(page == HTTPIdentity(status: 200, server: "BaseHTTP/0.6 Python/3.11.2", title: "Harbour"))
    let redirect = Exchange(
      "redirect", HTTPReader.answer,
      text: "HTTP/1.0 302 Found\r\nLocation: /login\u{1b}[31m\r\nContent-Length: 0\r\n\r\n")
    #expect(redirect.play().identity?.http == HTTPIdentity(status: 302, location: "/login\\x1b[31m"))
  }

  @Test("A host key's fingerprint is the SHA-256 of its blob, as ssh-keygen prints it")
  func hostKey() throws {
    let exchange = try #require(Recorded.all.first { $0.name == "OpenSSH" })
    let ssh = try #require(exchange.play().identity?.ssh)
    #expect(ssh.software == "OpenSSH_9.2p1")
    #expect(ssh.keyType == "ssh-ed25519")
    let fingerprint = try #require(ssh.fingerprint)
    #expect(fingerprint.hasPrefix("SHA256:"))
    #expect(fingerprint.utf8.count == 7 + 43)
    // The method of the proposal decides which point we send: 32 octets of curve25519, 65 of nistp256.
    #expect(exchange.play().questions.last?.contains(9) == true)
    let other = try #require(Recorded.all.first { $0.name == "SSH with curves of NIST" })
    #expect((other.play().questions.last?.count ?? 0) > 65)
  }

  @Test("Fingerprints are those of the published vectors (FIPS 180-4 examples; RFC 4648, 10)")
  func digests() {
    #expect(
      Digest.hex(Digest.sha256(Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Digest.base64(Array("foobar".utf8)) == "Zm9vYmFy")
    #expect(Digest.base64(Array("foob".utf8)) == "Zm9vYg")
    #expect(Digest.base64(Array("f".utf8)) == "Zg")
  }
}
