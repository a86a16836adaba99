internal import Model

/// Protocols that greet with a line and are asked in lines: SMTP, FTP, POP3, IMAP, NNTP, ManageSieve. Each goes on to TLS
/// where the service offers it.
enum MailReaders {
  private static let smtpProducts: [ProductPattern] = [
    ProductPattern("220*ESMTP Exim {}", "Exim"), ProductPattern("220*ESMTP Postfix", "Postfix"),
    ProductPattern("220*ESMTP OpenSMTPD", "OpenSMTPD"), ProductPattern("220*ESMTP Sendmail {}", "Sendmail"),
    ProductPattern("220*Microsoft ESMTP MAIL Service ready at", "Microsoft Exchange"),
    // The SMTP service of Windows itself, which tells its number.
    ProductPattern("220*Microsoft ESMTP MAIL Service, Version: {}", "Microsoft ESMTP MAIL Service"),
    ProductPattern("220*ESMTP Haraka/{}", "Haraka"), ProductPattern("220*ESMTP Exim", "Exim"),
    ProductPattern("220 * Dovecot ready", "Dovecot"), ProductPattern("220 * Dovecot (", "Dovecot"),
  ]
  private static let ftpProducts: [ProductPattern] = [
    ProductPattern("220*vsFTPd {}", "vsFTPd"), ProductPattern("220*ProFTPD {}", "ProFTPD"),
    ProductPattern("220*ProFTPD Server", "ProFTPD"), ProductPattern("220*Welcome to Pure-FTPd", "Pure-FTPd"),
    ProductPattern("220*pyftpdlib {}", "pyftpdlib"), ProductPattern("220*FileZilla Server {}", "FileZilla Server"),
    ProductPattern("220*Microsoft FTP Service", "Microsoft FTP Service"),
  ]
  private static let popProducts: [ProductPattern] = [
    ProductPattern("+OK*Cyrus POP3 v{}", "Cyrus"), ProductPattern("+OK*Cyrus POP3 {}", "Cyrus"),
    ProductPattern("+OK Qpopper (version {}", "Qpopper"), ProductPattern("+OK* Dovecot ready", "Dovecot"),
    ProductPattern("+OK* Dovecot (", "Dovecot"),
  ]
  private static let imapProducts: [ProductPattern] = [
    ProductPattern("* *Cyrus IMAP v{}", "Cyrus"), ProductPattern("* *Cyrus IMAP {}", "Cyrus"),
    ProductPattern("* *Microsoft Exchange IMAP4", "Microsoft Exchange"),
    ProductPattern("* * Courier-IMAP ready", "Courier"), ProductPattern("* OK* Dovecot ready", "Dovecot"),
    ProductPattern("* OK* Dovecot (", "Dovecot"),
  ]
  private static let newsProducts: [ProductPattern] = [
    ProductPattern("20*Leafnode NNTP daemon, version {}", "Leafnode"),
    ProductPattern("20*Leafnode NNTP Daemon, version {}", "Leafnode"),
    ProductPattern("20*InterNetNews NNRP server INN {}", "INN"), ProductPattern("20*InterNetNews server INN {}", "INN"),
    ProductPattern("20* INN {}", "INN"),
  ]

  static let all: [ServiceReader] = [transfer, news, pop, imap, sieve]

  /// FTP (RFC 959) and SMTP (RFC 5321) greet with the same code: words tell them apart, or a command that only one knows.
  static let transfer: ServiceReader = { received in
    guard let reply = NumericReply(received) else { return .foreign }
    guard let code = reply.code else { return .incomplete }
    let text = received.octets
    let words = Octets.withoutHostNames(text)
    let namesMail = Octets.contains(words, "SMTP")
    let namesFiles = Octets.contains(words, "FTP") || Octets.contains(words, "FileZilla")
    guard code == 220 else { return refusal(code, namesMail: namesMail, namesFiles: namesFiles) }
    let mail = ServiceIdentity.named("smtp", smtpProducts.match(text))
    let files = ServiceIdentity.named("ftp", ftpProducts.match(text))
    if namesMail, !namesFiles {
      return .asking(supposed(mail), FollowUp(hello) { extensions($0, mail) })
    }
    if namesFiles, !namesMail {
      return files.product == nil
        ? system(files) : .asking(files, FollowUp("AUTH TLS\r\n") { secure($0, files, accepted: 234) })
    }
    return .asking(supposed(files), FollowUp(hello) { afterHello($0, mail: mail, files: files) })
  }

  private static let hello = "EHLO periplus.invalid\r\n"

  /// What the words of a greeting make likely; only a product's own wording is more.
  private static func supposed(_ identity: ServiceIdentity) -> ServiceIdentity {
    var identity = identity
    if identity.product == nil { identity.confidence = .likely }
    return identity
  }

  /// A service that takes nobody: 554 is SMTP's (RFC 5321, 3.1), 530 FTP's (RFC 959, 5.4), 421 anybody's.
  private static func refusal(_ code: Int, namesMail: Bool, namesFiles: Bool) -> Reading {
    let nothing = ProductText(product: nil, version: nil)
    if namesMail, code == 554 || code == 421 && !namesFiles { return .recognised(.named("smtp", nothing, .likely)) }
    if namesFiles, code == 530 || code == 421 && !namesMail { return .recognised(.named("ftp", nothing, .likely)) }
    return .foreign
  }

  /// What a service of unknown or of both words made of EHLO.
  private static func afterHello(_ received: Received, mail: ServiceIdentity, files: ServiceIdentity) -> Reading {
    guard let reply = NumericReply(received) else { return .foreign }
    guard let code = reply.code else { return .incomplete }
    return code == 250 ? extensions(received, mail) : system(files)
  }

  /// SYST (RFC 959, 4.1.3) has an answer of its own before login, too.
  private static func system(_ identity: ServiceIdentity) -> Reading {
    .asking(
      supposed(identity),
      FollowUp("SYST\r\n") { received in
        guard let reply = NumericReply(received) else { return .foreign }
        guard let code = reply.code else { return .incomplete }
        guard [215, 530].contains(code) else { return .foreign }
        return .asking(identity, FollowUp("AUTH TLS\r\n") { secure($0, identity, accepted: 234) })
      })
  }

  /// What SMTP can do besides, where it is SMTP: to a command it does not know every protocol of this kind says 500.
  private static func extensions(_ received: Received, _ identity: ServiceIdentity) -> Reading {
    guard let reply = NumericReply(received) else { return .foreign }
    guard let code = reply.code else { return .incomplete }
    guard code == 250 else { return .foreign }
    guard Octets.contains(received.octets, "STARTTLS") else { return .recognised(identity) }
    return .asking(identity, FollowUp("STARTTLS\r\n") { secure($0, identity, accepted: 220) })
  }

  /// The answer to the command that asks for TLS (RFC 3207, RFC 4217).
  private static func secure(_ received: Received, _ identity: ServiceIdentity, accepted: Int) -> Reading {
    guard let reply = NumericReply(received) else { return .foreign }
    guard let code = reply.code else { return .incomplete }
    return code == accepted ? .securing(identity) : .recognised(identity)
  }

  /// POP3 (RFC 1939), capabilities (RFC 2449), STLS (RFC 2595).
  static let pop: ServiceReader = { received in
    guard received.octets.starts(with: "+OK".utf8.prefix(received.octets.count)) else { return .foreign }
    guard let line = Octets.firstLine(received.octets) else { return received.isFinal ? .foreign : .incomplete }
    let words = popProducts.match(line)
    let unsure = ServiceIdentity.named(
      "pop3", words, Octets.contains(Octets.withoutHostNames(line), "POP") ? .certain : .likely)
    return .asking(
      unsure,
      FollowUp("CAPA\r\n") { received in
        guard let first = Octets.firstLine(received.octets) else { return .incomplete }
        var identity = ServiceIdentity.named("pop3", words)
        if Octets.hasPrefix(first, "-ERR") { return .recognised(identity) }
        guard Octets.hasPrefix(first, "+OK") else { return .foreign }
        let lines = Octets.lines(received.octets)
        guard lines.last?.elementsEqual(".".utf8) == true || received.isFinal else { return .incomplete }
        if let named = lines.first(where: { Octets.hasPrefix($0, "IMPLEMENTATION ") }), identity.product == nil {
          let text = ProductText(words: named.dropFirst(15))
          (identity.product, identity.version) = (text.product, text.version)
        }
        guard lines.contains(where: { $0.elementsEqual("STLS".utf8) }) else { return .recognised(identity) }
        let known = identity
        return .asking(
          known,
          FollowUp("STLS\r\n") { received in
            guard let line = Octets.firstLine(received.octets) else { return .incomplete }
            return Octets.hasPrefix(line, "+OK") ? .securing(known) : .recognised(known)
          })
      })
  }

  /// IMAP (RFC 9051): an untagged OK, PREAUTH or BYE.
  static let imap: ServiceReader = { received in
    guard received.octets.starts(with: "* ".utf8.prefix(received.octets.count)) else { return .foreign }
    guard let line = Octets.firstLine(received.octets) else { return received.isFinal ? .foreign : .incomplete }
    guard ["* OK", "* PREAUTH", "* BYE"].contains(where: { Octets.hasPrefix(line, $0) }) else { return .foreign }
    let identity = ServiceIdentity.named("imap", imapProducts.match(line))
    return .asking(
      identity,
      FollowUp("a1 CAPABILITY\r\n") { received in
        let lines = Octets.lines(received.octets)
        guard lines.contains(where: { Octets.hasPrefix($0, "a1 ") }) else { return .incomplete }
        guard Octets.contains(received.octets, "STARTTLS") else { return .recognised(identity) }
        return .asking(
          identity,
          FollowUp("a2 STARTTLS\r\n") { received in
            guard let line = Octets.lines(received.octets).first(where: { Octets.hasPrefix($0, "a2 ") }) else {
              return .incomplete
            }
            return Octets.hasPrefix(line, "a2 OK") ? .securing(identity) : .recognised(identity)
          })
      })
  }

  /// NNTP (RFC 3977): 200 or 201, then the capabilities, whose IMPLEMENTATION names the software.
  static let news: ServiceReader = { received in
    guard let reply = NumericReply(received) else { return .foreign }
    guard let code = reply.code else { return .incomplete }
    guard code == 200 || code == 201 else { return .foreign }
    let words = newsProducts.match(received.octets)
    let text = Octets.withoutHostNames(received.octets)
    let isNamed = ["NNTP", "news", "INN "].contains { Octets.contains(text, $0) }
    return .asking(
      .named("nntp", words, isNamed ? .certain : .likely),
      FollowUp("CAPABILITIES\r\n") { received in
        guard let first = Octets.firstLine(received.octets) else { return .incomplete }
        guard Octets.hasPrefix(first, "101") else {
          return isNamed ? .recognised(.named("nntp", words)) : .foreign
        }
        let lines = Octets.lines(received.octets)
        guard lines.last?.elementsEqual(".".utf8) == true || received.isFinal else { return .incomplete }
        guard words.product == nil, let named = lines.first(where: { Octets.hasPrefix($0, "IMPLEMENTATION ") }) else {
          return .recognised(.named("nntp", words))
        }
        return .recognised(.named("nntp", ProductText(words: named.dropFirst(15))))
      })
  }

  /// ManageSieve (RFC 5804): quoted capabilities at once, TLS after STARTTLS.
  static let sieve: ServiceReader = { received in
    guard received.octets.starts(with: "\"IMPLEMENTATION\" \"".utf8.prefix(received.octets.count)) else {
      return .foreign
    }
    let lines = Octets.lines(received.octets)
    guard let first = lines.first, lines.contains(where: { Octets.hasPrefix($0, "OK") }) || received.isFinal else {
      return .incomplete
    }
    let name = first.dropFirst(18).prefix { $0 != UInt8(ascii: "\"") }
    let identity = ServiceIdentity.named(
      "sieve", ProductText(product: WireText.field(name), version: nil))
    guard Octets.contains(received.octets, "\"STARTTLS\"") else { return .recognised(identity) }
    return .asking(
      identity,
      FollowUp("STARTTLS\r\n") { received in
        guard let line = Octets.firstLine(received.octets) else { return .incomplete }
        return Octets.hasPrefix(line, "OK") ? .securing(identity) : .recognised(identity)
      })
  }
}
