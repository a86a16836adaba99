internal import Model

/// What services say before they are asked anything.
enum GreetingReaders {
  static let all: [ServiceReader] =
    [SSHReader.greeting] + MailReaders.all + [DatabaseReaders.mysql, display, rsync, telnet, IRCReader.greeting, http2]

  /// VNC's remote framebuffer protocol (RFC 6143, 7.1.1): `RFB 003.008` and a line feed.
  static let display: ServiceReader = { received in
    guard received.octets.starts(with: "RFB ".utf8.prefix(received.octets.count)) else { return .foreign }
    guard let line = Octets.firstLine(received.octets) else {
      return received.octets.count > 12 ? .foreign : .incomplete
    }
    let version = Array(line.dropFirst(4))
    guard version.count == 7, version[3] == UInt8(ascii: "."),
      (Array(version[..<3]) + Array(version[4...])).allSatisfy(Octets.isDigit)
    else { return .foreign }
    return .recognised(.named("vnc"))
  }

  /// The rsync daemon: its protocol's number, which is not rsync's version (rsync's csprotocol.txt).
  static let rsync: ServiceReader = { received in
    guard received.octets.starts(with: "@RSYNCD: ".utf8.prefix(received.octets.count)) else { return .foreign }
    guard Octets.firstLine(received.octets) != nil else { return received.octets.count > 256 ? .foreign : .incomplete }
    return .recognised(.named("rsync"))
  }

  /// Telnet (RFC 854): an option negotiation, IAC (255) and WILL, WON'T, DO or DON'T (251 to 254) and an option.
  static let telnet: ServiceReader = { received in
    let start = Array(received.octets.prefix(3))
    guard start.first == 255 else { return start.isEmpty ? .incomplete : .foreign }
    guard start.count == 3 else { return .incomplete }
    return (251...254).contains(start[1]) ? .recognised(.named("telnet")) : .foreign
  }

  /// A server that speaks HTTP/2 alone sends its SETTINGS at once (RFC 9113, 3.4): length, type 4, flags 0, stream 0.
  static let http2: ServiceReader = { received in
    var reader = ByteReader(received.octets)
    guard let length = reader.number(3) else { return .incomplete }
    guard length % 6 == 0, length <= 60 else { return .foreign }
    guard let type = reader.octet(), let flags = reader.octet(), let stream = reader.number(4) else {
      return .incomplete
    }
    guard type == 4, flags == 0, stream == 0 else { return .foreign }
    return .recognised(.named("http"))
  }
}
