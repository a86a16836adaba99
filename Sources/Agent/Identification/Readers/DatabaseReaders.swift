internal import Model

/// MySQL and PostgreSQL, and the stores that are asked in lines: Redis, memcached, beanstalkd.
enum DatabaseReaders {
  /// MySQL's handshake, version 10, or its error packet (protocol::HandshakeV10, protocol::ERR_Packet).
  static let mysql: ServiceReader = { received in
    var reader = ByteReader(received.octets)
    guard let length = reader.littleEndian(3), let sequence = reader.octet() else { return .incomplete }
    guard sequence == 0, (4...1024).contains(length) else { return .foreign }
    guard let kind = reader.rest.first else { return .incomplete }
    guard kind == 10 || kind == 255 else { return .foreign }
    guard let packet = reader.take(length) else { return received.octets.count > 1024 ? .foreign : .incomplete }
    return kind == 10 ? handshake(packet) : refusal(packet)
  }

  private static func handshake(_ packet: ArraySlice<UInt8>) -> Reading {
    var reader = ByteReader(packet.dropFirst())
    // The version, the connection's number, 8 octets of salt, a zero.
    guard let version = reader.zeroTerminated(), let first = version.first, Octets.isDigit(first), version.count < 128,
      reader.skip(4), reader.skip(8), reader.octet() == 0
    else { return .foreign }
    guard let end = Octets.range(of: "-MariaDB", in: version) else {
      return .recognised(.named("mysql", ProductText(product: nil, version: WireText.field(version))))
    }
    // MariaDB 10 puts 5.5.5- first, so that old replicas do not take it for MySQL 1 (MariaDB MDEV-4088).
    var number = version[..<end.lowerBound]
    if Octets.hasPrefix(number, "5.5.5-") { number = number.dropFirst(6) }
    return .recognised(.named("mysql", ProductText(product: "MariaDB", version: WireText.field(number))))
  }

  private static func refusal(_ packet: ArraySlice<UInt8>) -> Reading {
    var reader = ByteReader(packet.dropFirst())
    guard let code = reader.littleEndian(2), (1000...4999).contains(code) else { return .foreign }
    let text = reader.rest
    guard text.allSatisfy({ $0 >= 0x20 }), text.count >= 8 else { return .foreign }
    let product = Octets.contains(text, "MariaDB") ? "MariaDB" : Octets.contains(text, "MySQL") ? "MySQL" : nil
    return .recognised(.named("mysql", ProductText(product: product, version: nil)))
  }

  /// PostgreSQL's answer to SSLRequest: one octet (PostgreSQL, 55.2.10), which is too little to be sure by.
  static let postgresql: ServiceReader = { received in
    let unsure = ServiceIdentity.named("postgresql", ProductText(product: nil, version: nil), .likely)
    switch received.octets.first {
    case UInt8(ascii: "S") where received.octets.count == 1: return .securing(unsure)
    case UInt8(ascii: "N") where received.octets.count == 1:
      return .asking(unsure, FollowUp(postgresqlStart, reader: postgresqlAnswer))
    case UInt8(ascii: "E"): return postgresqlAnswer(received)
    default: return .foreign
    }
  }

  /// SSLRequest: a length of 8 and a number that no protocol version has, 1234 and 5679 (PostgreSQL, 55.7).
  static let postgresqlSecurity: [UInt8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]

  private static let postgresqlStart: [UInt8] = {
    let body = BigEndian.four(196_608) + Array("user\0periplus\0database\0postgres\0\0".utf8)
    return BigEndian.four(body.count + 4) + body
  }()

  /// A request for authentication, or an error whose first field is a severity.
  private static let postgresqlAnswer: ServiceReader = { received in
    var reader = ByteReader(received.octets)
    guard let type = reader.octet(), let length = reader.number(4) else { return .incomplete }
    guard type == UInt8(ascii: "R") || type == UInt8(ascii: "E"), (8...4096).contains(length) else { return .foreign }
    guard let body = reader.take(length - 4) else { return .incomplete }
    guard type == UInt8(ascii: "R") || body.first == UInt8(ascii: "S") && body.last == 0 else { return .foreign }
    return .recognised(.named("postgresql"))
  }

  /// Redis (RESP): the answer to INFO, or an error that only it words so.
  static let redis: ServiceReader = { received in
    let octets = received.octets
    guard let line = Octets.firstLine(octets) else {
      return octets.first == UInt8(ascii: "$") || octets.first == UInt8(ascii: "-") ? .incomplete : .foreign
    }
    let errors = ["-NOAUTH", "-DENIED Redis", "-ERR unknown command", "-ERR wrong number", "-NOPERM", "-LOADING"]
    if errors.contains(where: { Octets.hasPrefix(line, $0) }) {
      let product = Octets.hasPrefix(line, "-DENIED Redis") ? "Redis" : nil
      let identity = ServiceIdentity.named("redis", ProductText(product: product, version: nil))
      return .recognised(identity)
    }
    guard line.first == UInt8(ascii: "$"), let length = Int(String(decoding: line.dropFirst(), as: UTF8.self)),
      (1...65536).contains(length)
    else { return .foreign }
    // Who is whose fork may stand anywhere in it.
    let text = octets[line.endIndex...].dropFirst(2)
    guard text.count >= length || received.isFinal else { return .incomplete }
    let lines = Octets.lines(text)
    for (key, product) in redisKeys {
      guard let line = lines.first(where: { Octets.hasPrefix($0, key) }) else { continue }
      let version = WireText.field(line.dropFirst(key.utf8.count))
      return .recognised(.named("redis", ProductText(product: product, version: version)))
    }
    return .foreign
  }

  /// `redis_version:7.0.15`; others that speak its protocol say so too, for their clients' sake, and name themselves besides.
  private static let redisKeys = [
    ("valkey_version:", "Valkey"), ("dragonfly_version:", "Dragonfly"), ("kvrocks_version:", "Kvrocks"),
    ("redis_version:", "Redis"),
  ]

  static let redisQuestion = Array("INFO server\r\n".utf8)

  /// An error in Redis' form to a question that was not its own.
  static let redisError: ServiceReader = { received in
    guard let line = Octets.firstLine(received.octets) else {
      return received.octets.first == UInt8(ascii: "-") && received.octets.count < 512 ? .incomplete : .foreign
    }
    let errors = [
      "-ERR unknown command", "-ERR wrong number of arguments for '", "-NOAUTH Authentication", "-DENIED Redis",
    ]
    guard errors.contains(where: { Octets.hasPrefix(line, $0) }) else { return .foreign }
    return .asking(.named("redis"), FollowUp(redisQuestion, reader: redis))
  }

  static let memcachedQuestion = Array("version\r\n".utf8)

  /// memcached's `VERSION 1.6.18` (protocol.txt).
  static let memcached: ServiceReader = { received in
    guard received.octets.starts(with: "VERSION ".utf8.prefix(received.octets.count)) else { return .foreign }
    guard let line = Octets.firstLine(received.octets) else { return received.isFinal ? .foreign : .incomplete }
    guard let version = ProductText.version(line.dropFirst(8)) else { return .foreign }
    return .recognised(.named("memcached", ProductText(product: "memcached", version: WireText.field(version))))
  }

  /// memcached's answer to a command that it does not know: `ERROR`, which others could say, too.
  static let memcachedError: ServiceReader = { received in
    guard received.octets.starts(with: "ERROR\r\n".utf8.prefix(received.octets.count)) else { return .foreign }
    guard received.octets.count >= 7 else { return received.isFinal ? .foreign : .incomplete }
    return .asking(
      .named("memcached", ProductText(product: nil, version: nil), .likely),
      FollowUp(memcachedQuestion) { received in
        // Errors for the rest of the first question may come before.
        guard let start = Octets.range(of: "VERSION ", in: received.octets) else {
          return received.isFinal || received.octets.count > 4096 ? .foreign : .incomplete
        }
        return memcached(Received(received.octets[start.lowerBound...], isFinal: received.isFinal))
      })
  }

  /// beanstalkd's answer to a command that it does not know (protocol.txt); `stats` tells its version.
  static let beanstalkd: ServiceReader = { received in
    let words = ["UNKNOWN_COMMAND\r\n", "BAD_FORMAT\r\n"]
    guard words.contains(where: { received.octets.starts(with: $0.utf8.prefix(received.octets.count)) }) else {
      return .foreign
    }
    guard Octets.firstLine(received.octets) != nil else { return received.isFinal ? .foreign : .incomplete }
    return .asking(
      .named("beanstalkd"),
      FollowUp("stats\r\n") { received in
        guard let range = Octets.range(of: "\nversion: ", in: received.octets) else {
          return received.isFinal ? .foreign : .incomplete
        }
        let rest = received.octets[range.upperBound...]
        guard let line = Octets.firstLine(rest) else { return received.isFinal ? .foreign : .incomplete }
        let version = Octets.trimmed(line).drop { $0 == UInt8(ascii: "\"") }
        return .recognised(
          .named(
            "beanstalkd",
            ProductText(product: nil, version: ProductText.version(version).flatMap { WireText.field($0) })))
      })
  }
}
