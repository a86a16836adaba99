@testable import Identification

/// Exchanges written from the protocols' specifications, field by field, for services that Debian has no packages of and
/// for variants of those it has.
enum Recorded {
  static let all = texts + numbers + realServers

  static let texts: [Exchange] = [
    Exchange(
      "docker", HTTPReader.answer,
      text:
        "HTTP/1.1 404 Not Found\r\nApi-Version: 1.43\r\nDocker-Experimental: false\r\nServer: Docker/24.0.7 (linux)\r\n"
        + "Content-Type: application/json\r\nContent-Length: 29\r\n\r\n{\"message\":\"page not found\"}\n"),
    Exchange(
      "kubernetes", HTTPReader.answer,
      text: "HTTP/1.1 403 Forbidden\r\nAudit-Id: 5b1c\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        + "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"reason\":\"Forbidden\",\"code\":403   }",
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 59\r\n\r\n"
        + "{\"major\": \"1\", \"minor\": \"28\", \"gitVersion\": \"v1.28.4+k3s2\" }"),
    Exchange(
      "elasticsearch", HTTPReader.answer,
      text: "HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\ncontent-length: 110\r\n\r\n"
        + "{\n \"cluster_name\" : \"lab\",\n \"version\" : {\n  \"number\" : \"8.11.1\",\n  \"lucene_version\" : \"9.8.0\"\n },"
        + "\n \"tagline\" : \"x\"\n}"),
    Exchange(
      "opensearch", HTTPReader.answer,
      text: "HTTP/1.1 200 OK\r\ncontent-length: 112\r\n\r\n{\"version\":{\"distribution\" : \"opensearch\", "
        + "\"number\" : \"2.11.0\", \"lucene_version\" : \"9.7.0\"}, \"tagline\" : \"a b c d e f\"}"),
    Exchange(
      "proxy that wants a password", HTTPReader.answer,
      text:
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n"
    ),
    Exchange(
      "chunked page", HTTPReader.answer,
      text: "HTTP/1.1 200 OK\r\nServer: BaseHTTP/0.6 Python/3.11.2\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "1a\r\n<TITLE lang=en> Harbour </TITLE>\r\n0\r\n\r\n"),
    Exchange(
      "rtsp", MessagingReaders.rtsp,
      text: "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: GStreamer RTSP server/1.22.0\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n"),
    Exchange(
      "dropbear", SSHReader.greeting, text: "SSH-2.0-dropbear_2022.83\r\n"),
    Exchange(
      "greeting in lines, Postfix", MailReaders.transfer,
      text: "220-mail.example ESMTP Postfix\r\n220 ready\r\n", "250-mail.example\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n"),
    Exchange(
      "SMTP that does not say so", MailReaders.transfer, text: "220 hello\r\n", "250-mail.example\r\n250 STARTTLS\r\n",
      "220 go ahead\r\n"),
    Exchange(
      "FTP that does not say so", MailReaders.transfer, text: "220 hello\r\n", "500 what\r\n", "215 UNIX Type: L8\r\n",
      "502 no\r\n"),
    Exchange(
      "INN", MailReaders.news, text: "200 news.example InterNetNews NNRP server INN 2.7.1 ready (posting ok)\r\n",
      "101 Capability list:\r\nVERSION 2\r\nIMPLEMENTATION INN 2.7.1\r\nREADER\r\n.\r\n"),
    Exchange(
      "POP3 with its software in CAPA", MailReaders.pop, text: "+OK POP3 ready\r\n",
      "+OK\r\nUIDL\r\nIMPLEMENTATION Stalwart/0.6.0\r\nSTLS\r\n.\r\n", "+OK begin\r\n"),
    Exchange(
      "ManageSieve", MailReaders.sieve,
      text: "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SIEVE\" \"fileinto\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n",
      "OK \"go\"\r\n"),
    Exchange("Redis with a password", DatabaseReaders.redis, text: "-NOAUTH Authentication required.\r\n"),
    Exchange(
      "Valkey", DatabaseReaders.redis,
      text:
        "$87\r\n# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\nos:Linux 6.1\r\n\r\n"),
    Exchange(
      "IRC with a cookie", IRCReader.answer, text: ":irc.example NOTICE * :*** Looking up\r\nPING :4711\r\n",
      ":irc.example 001 ppvisitor :hi\r\n:irc.example 004 ppvisitor irc.example UnrealIRCd-6.1.2 iows\r\n"),
    Exchange(
      "XMPP", MessagingReaders.xmpp,
      text: "<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1'><stream:features>"
        + "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
      "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
  ]

  static let numbers: [Exchange] = [
    Exchange(
      "MySQL 8", DatabaseReaders.mysql,
      // Length 38 (3 octets, least first), sequence 0, protocol 10.
      [38, 0, 0, 0, 10] + Array("8.0.35-0ubuntu0.22.04.1\0".utf8)
        // Connection number, eight octets of salt, a zero.
        + [9, 0, 0, 0] + Array("saltsalt".utf8).prefix(4) + [1, 1, 1, 1, 0]),
    Exchange(
      "MariaDB that refuses the host", DatabaseReaders.mysql,
      // Length 55, sequence 0, an error (255) of number 1130 (least octet first).
      [55, 0, 0, 0, 255, 0x6a, 0x04] + Array("Host 'x' is not allowed to connect to this MariaDB s".utf8)),
    Exchange(
      "PostgreSQL without TLS", DatabaseReaders.postgresql, Array("N".utf8),
      // 'R', a length of 8, 5 for an MD5 password... here 0: none wanted.
      [0x52, 0, 0, 0, 8, 0, 0, 0, 0]),
    Exchange(
      "MongoDB", DocumentReader.answer,
      // Length 72, request id 7, answer to 0x5050, OP_REPLY; flags, cursor, start, count 1.
      [72, 0, 0, 0, 7, 0, 0, 0, 0x50, 0x50, 0, 0, 1, 0, 0, 0] + [UInt8](repeating: 0, count: 16) + [1, 0, 0, 0]
        // A document of 36: ismaster, a boolean; maxWireVersion, an int32 of 21; the end.
        + [36, 0, 0, 0, 8] + Array("ismaster\0".utf8) + [1, 16] + Array("maxWireVersion\0".utf8) + [21, 0, 0, 0, 0],
      // Length 57, id 8, answer to 0x5050, OP_MSG; flags, section kind 0.
      [57, 0, 0, 0, 8, 0, 0, 0, 0x50, 0x50, 0, 0, 0xdd, 7, 0, 0, 0, 0, 0, 0, 0]
        // A document of 36: version, a string of 6 with its zero; ok, a double; the end.
        + [36, 0, 0, 0, 2] + Array("version\0".utf8) + [6, 0, 0, 0] + Array("7.0.5\0".utf8)
        + [1] + Array("ok\0".utf8) + [0, 0, 0, 0, 0, 0, 0xf0, 0x3f] + [0]),
    Exchange(
      "AMQP",
      MessagingReaders.amqp,
      // Frame type 1, channel 0, length 69; class 10, method 10; version 0.9; a table of 53.
      [1, 0, 0, 0, 0, 0, 69, 0, 10, 0, 10, 0, 9, 0, 0, 0, 53]
        // capabilities, a table of 4 with one boolean of no name... skipped by its length.
        + [3] + Array("cap".utf8) + [0x46, 0, 0, 0, 3, 0, 0x74, 1]
        + [7] + Array("product".utf8) + [0x53, 0, 0, 0, 8] + Array("RabbitMQ".utf8)
        + [7] + Array("version".utf8) + [0x53, 0, 0, 0, 6] + Array("3.12.1".utf8)
        // Mechanisms would follow; the frame's end.
        + [UInt8](repeating: 0, count: 6) + [0xce]),
    Exchange("AMQP of another version", MessagingReaders.amqp, Array("AMQP".utf8) + [0, 1, 0, 0]),
    Exchange(
      "LDAP with a vendor", DirectoryReaders.ldap,
      // LDAPMessage: id 1, SearchResultEntry (0x64) of the empty name with vendorName and vendorVersion.
      BER.encoded(
        0x30,
        BER.encoded(0x02, [1])
          + BER.encoded(
            0x64,
            BER.encoded(0x04, [])
              + BER.encoded(
                0x30,
                attribute("vendorName", "389 Project") + attribute("vendorVersion", "389-Directory/2.3.1"))))
        // SearchResultDone (0x65): success, no name, no text.
        + BER.encoded(
          0x30,
          BER.encoded(0x02, [1])
            + BER.encoded(0x65, BER.encoded(0x0a, [0]) + BER.encoded(0x04, []) + BER.encoded(0x04, [])))),
    Exchange(
      "Active Directory", DirectoryReaders.ldap,
      BER.encoded(
        0x30,
        BER.encoded(0x02, [1])
          + BER.encoded(
            0x64,
            BER.encoded(0x04, [])
              + BER.encoded(
                0x30,
                attribute("supportedCapabilities", "1.2.840.113556.1.4.800")
                  + attribute("supportedExtension", "1.3.6.1.4.1.1466.20037"))))
        + BER.encoded(0x30, BER.encoded(0x02, [1]) + BER.encoded(0x65, BER.encoded(0x0a, [0]))),
      // ExtendedResponse (0x78) to message 2: success.
      BER.encoded(0x30, BER.encoded(0x02, [2]) + BER.encoded(0x78, BER.encoded(0x0a, [0])))),
    Exchange(
      "SMB 1", DirectoryReaders.smb,
      // Session message of 32, then 0xff and "SMB".
      [0, 0, 0, 32, 0xff, 0x53, 0x4d, 0x42] + [UInt8](repeating: 0, count: 28)),
    Exchange(
      "RDP that refuses TLS", DirectoryReaders.rdp,
      // TPKT of 19, X.224 confirmation; negotiation failure (3), length 8, reason 2.
      [3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 3, 0, 8, 0, 2, 0, 0, 0]),
    Exchange(
      "DNS that tells nothing", DirectoryReaders.dns,
      // Length 12; id 0x5044, an answer that refuses (5), no records.
      [0, 12, 0x50, 0x44, 0x80, 0x05, 0, 0, 0, 0, 0, 0, 0, 0]),
    Exchange("MQTT that wants a password", MessagingReaders.mqtt, [0x20, 2, 0, 5]),
    Exchange(
      "MQTT that tells its version", MessagingReaders.mqtt, [0x20, 2, 0, 0],
      // SUBACK to packet 1; PUBLISH of 45 octets to a topic of 19.
      [0x90, 3, 0, 1, 0, 0x30, 45, 0, 19] + Array("$SYS/broker/version".utf8) + Array("mosquitto version 2.0.18".utf8)),
    Exchange("Telnet", GreetingReaders.telnet, [255, 253, 24]),
    Exchange("HTTP/2 alone", GreetingReaders.http2, [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]),
    Exchange("VNC", GreetingReaders.display, Array("RFB 003.008\n".utf8)),
    Exchange("SOCKS", MessagingReaders.socks, [5, 0xff]),
    Exchange(
      "OpenSSH", SSHReader.greeting, Array("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".utf8),
      sshInit(methods: "sntrup761x25519-sha512@openssh.com,curve25519-sha256"),
      sshPacket([31] + sshString(sshString(Array("ssh-ed25519".utf8)) + sshString([UInt8](repeating: 7, count: 32))))),
    Exchange(
      "SSH with curves of NIST", SSHReader.greeting,
      Array("SSH-2.0-Server\n".utf8) + sshInit(methods: "ecdh-sha2-nistp256"),
      sshPacket([31] + sshString(sshString(Array("rsa-sha2-256".utf8)) + sshString([1, 2, 3])))),
  ]

  /// PartialAttribute: a name and a set of one value (RFC 4511, 4.1.7).
  private static func attribute(_ name: String, _ value: String) -> [UInt8] {
    BER.encoded(0x30, BER.encoded(0x04, Array(name.utf8)) + BER.encoded(0x31, BER.encoded(0x04, Array(value.utf8))))
  }

  private static func sshString(_ octets: [UInt8]) -> [UInt8] { BigEndian.four(octets.count) + octets }

  /// Length, four octets of padding, payload, padding (RFC 4253, 6).
  private static func sshPacket(_ payload: [UInt8]) -> [UInt8] {
    BigEndian.four(payload.count + 5) + [4] + payload + [0, 0, 0, 0]
  }

  /// KEXINIT: type 20, a cookie, ten lists of which only the first matters here, no guess (RFC 4253, 7.1).
  private static func sshInit(methods: String) -> [UInt8] {
    let lists = sshString(Array(methods.utf8)) + [UInt8](repeating: 0, count: 36)
    return sshPacket([20] + [UInt8](repeating: 1, count: 16) + lists + [0, 0, 0, 0, 0])
  }
}
