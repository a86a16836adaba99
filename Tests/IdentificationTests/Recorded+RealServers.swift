@testable import Identification

extension Recorded {
  /// What the lab's real servers say too, written from the specifications: so that truncations, flipped bits and noise
  /// behind a true beginning reach every reader.
  static let realServers: [Exchange] = [
    Exchange("memcached", DatabaseReaders.memcached, text: "VERSION 1.6.18\r\n"),
    Exchange("memcached asked amiss", DatabaseReaders.memcachedError, text: "ERROR\r\n", "ERROR\r\nVERSION 1.6.18\r\n"),
    Exchange(
      "beanstalkd", DatabaseReaders.beanstalkd, text: "UNKNOWN_COMMAND\r\n",
      "OK 45\r\n---\ncurrent-jobs-urgent: 0\nversion: \"1.12\"\nid: 1\n\r\n"),
    Exchange("rsync", GreetingReaders.rsync, text: "@RSYNCD: 31.0 sha512 md5\n"),
    Exchange(
      "SIP", MessagingReaders.sip,
      text: "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKp\r\nServer: kamailio (5.6.3 (x86_64/linux))\r\n"
        + "Content-Length: 0\r\n\r\n"),
    Exchange(
      "IMAP", MailReaders.imap,
      text: "* OK [CAPABILITY IMAP4rev1 SASL-IR STARTTLS ID] Dovecot (Debian) ready.\r\n",
      "* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n", "a2 OK begin\r\n"),
    Exchange(
      "IRC with a name in use", IRCReader.answer, text: ":irc.example 433 * ppvisitor :Nickname already in use\r\n",
      ":irc.example 001 ppvisitor1 :hi\r\n:irc.example 004 ppvisitor1 irc.example ngircd-26.1 abc\r\n"),
    Exchange(
      "SMB 2", DirectoryReaders.smb,
      // Session message of 128 octets; 0xfe and "SMB", structure size 64 ([MS-SMB2] 2.2.1.2); the rest as zeros.
      [0, 0, 0, 128, 0xfe, 0x53, 0x4d, 0x42, 64, 0] + [UInt8](repeating: 0, count: 122)),
    Exchange(
      "RDP that offers TLS", DirectoryReaders.rdp,
      // TPKT of 19, X.224 confirmation; negotiation response (2), length 8, protocol 1 ([MS-RDPBCGR] 2.2.1.2.1).
      [3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 1, 0, 0, 0]),
    Exchange(
      "BIND", DirectoryReaders.dns, dnsAnswer(id: 0x5044, texts: ["9.18.24-1-Debian"]),
      dnsAnswer(id: 0x5045, texts: ["Mark Andrews", "Curtis Blackburn", "James Brister", "Ben Cottrell"])),
  ]

  /// An answer with its question (a name of two labels) and TXT records whose names point back to it (RFC 1035, 4.1).
  private static func dnsAnswer(id: Int, texts: [String]) -> [UInt8] {
    let question = [7] + Array("version".utf8) + [4] + Array("bind".utf8) + [0, 0, 16, 0, 3]
    let records = texts.flatMap { text -> [UInt8] in
      let data = [UInt8(text.utf8.count)] + Array(text.utf8)
      return [0xc0, 12, 0, 16, 0, 3, 0, 0, 0, 0] + BigEndian.two(data.count) + data
    }
    let header = BigEndian.two(id) + [0x84, 0, 0, 1] + BigEndian.two(texts.count) + [0, 0, 0, 0]
    let message = header + question + records
    return BigEndian.two(message.count) + message
  }
}
