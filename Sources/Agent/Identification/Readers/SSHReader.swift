internal import Model

/// SSH (RFC 4253): the identification line, then the key exchange up to the server's host key.
///
/// Our half of the exchange is a constant: no key is derived, nothing is signed or encrypted, and the connection ends as
/// soon as the host key is here. That the server owns the key is its claim, as with a certificate that is not verified.
enum SSHReader {
  private static let disconnect = 1
  private static let keyExchangeInit = 20
  private static let ecdhInit: UInt8 = 30
  private static let ecdhReply = 31

  /// A packet's longest length that every implementation accepts (RFC 4253, 6.1).
  private static let longestPacket = 35_000

  /// RFC 8731, RFC 5656; the name with `@libssh.org` is the same method from before RFC 8731.
  private static let exchanges = ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256"]

  /// Host keys in the order of our wishes.
  private static let keyTypes = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
    "ssh-rsa",
  ]
  private static let ciphers = "aes128-ctr,aes256-ctr,chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes128-cbc"
  private static let codes = "hmac-sha2-256,hmac-sha2-512,hmac-sha1"

  /// The u-coordinate of curve25519's base point (RFC 7748, 4.1).
  private static let basePoint25519: [UInt8] = [9] + [UInt8](repeating: 0, count: 31)

  /// The base point of nistp256, uncompressed (SEC 2, 2.4.2).
  private static let basePointP256: [UInt8] = [
    0x04,
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
    0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
  ]

  /// The identification line; other lines may come before it (RFC 4253, 4.2).
  static let greeting: ServiceReader = { received in
    var rest = received.octets
    for _ in 0..<20 {
      guard Octets.hasPrefix(rest, "SSH-") else {
        // A server that says something else first is rare: only text is waited after.
        if rest.isEmpty { return .incomplete }
        guard rest.prefix(256).allSatisfy({ $0 < 0x80 && $0 != 0 }) else { return .foreign }
        guard let end = rest.firstIndex(of: 0x0a) else {
          return "SSH-".utf8.starts(with: rest) ? .incomplete : .foreign
        }
        rest = rest[(end + 1)...]
        continue
      }
      guard let line = Octets.firstLine(rest) else { return rest.count > 255 ? .foreign : .incomplete }
      return identity(line, consumed: line.endIndex - received.octets.startIndex, in: received)
    }
    return .foreign
  }

  private static func identity(_ line: ArraySlice<UInt8>, consumed: Int, in received: Received) -> Reading {
    // SSH-protoversion-softwareversion SP comments
    let parts = line.split(separator: UInt8(ascii: "-"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return .foreign }
    let software = parts[2].prefix { $0 != 0x20 }
    var identity = ServiceIdentity.named("ssh", ProductText(words: software))
    identity.ssh = SSHIdentity(software: WireText.printable(software))
    guard Octets.hasPrefix(parts[1], "2.") || Octets.hasPrefix(parts[1], "1.99") else { return .recognised(identity) }
    // The line's own end: CR LF or LF.
    var end = received.octets.startIndex + consumed
    while end < received.octets.endIndex, received.octets[end] != 0x0a { end += 1 }
    let known = identity
    let request = Array("SSH-2.0-Periplus\r\n".utf8) + packet(initPayload)
    return .asking(
      known,
      FollowUp(request, consumed: end + 1 - received.octets.startIndex) { serverInit($0, identity: known) })
  }

  /// The server's proposal, to which we answer with the first half of the method that both know.
  private static func serverInit(_ received: Received, identity: ServiceIdentity) -> Reading {
    var reader = ByteReader(received.octets)
    while true {
      switch payload(&reader) {
      case .incomplete: return .incomplete
      case .malformed: return .foreign
      case .packet(let payload):
        guard let type = payload.first else { return .foreign }
        if type == disconnect { return .foreign }
        guard type == keyExchangeInit else { continue }
        var fields = ByteReader(payload.dropFirst())
        // The cookie, then name-lists: key exchange methods, host key algorithms ... (RFC 4253, 7.1).
        guard fields.skip(16), let methods = fields.run(lengthOctets: 4) else { return .foreign }
        let offered = methods.split(separator: UInt8(ascii: ","))
        guard let method = exchanges.first(where: { name in offered.contains { $0.elementsEqual(name.utf8) } }) else {
          return .foreign
        }
        let point = method == "ecdh-sha2-nistp256" ? basePointP256 : basePoint25519
        let consumed = received.octets.count - reader.rest.count
        return .asking(
          identity, FollowUp(packet([ecdhInit] + string(point)), consumed: consumed) { reply($0, identity: identity) })
      }
    }
  }

  /// The reply whose first field is the host key (RFC 5656, 4).
  private static func reply(_ received: Received, identity: ServiceIdentity) -> Reading {
    var reader = ByteReader(received.octets)
    while true {
      switch payload(&reader) {
      case .incomplete: return .incomplete
      case .malformed: return .foreign
      case .packet(let payload):
        guard let type = payload.first else { return .foreign }
        if type == disconnect { return .foreign }
        guard type == ecdhReply else { continue }
        var fields = ByteReader(payload.dropFirst())
        guard let key = fields.run(lengthOctets: 4) else { return .foreign }
        var keyFields = ByteReader(key)
        guard let keyType = keyFields.run(lengthOctets: 4) else { return .foreign }
        var identity = identity
        identity.ssh?.keyType = WireText.printable(keyType, limit: 64)
        identity.ssh?.fingerprint = "SHA256:" + Digest.base64(Digest.sha256(Array(key)))
        return .recognised(identity)
      }
    }
  }

  private enum Packet {
    case incomplete
    case malformed
    case packet(ArraySlice<UInt8>)
  }

  /// One packet's payload while nothing is encrypted (RFC 4253, 6).
  private static func payload(_ reader: inout ByteReader) -> Packet {
    var trial = reader
    guard let length = trial.number(4) else { return .incomplete }
    guard (5...longestPacket).contains(length) else { return .malformed }
    guard let body = trial.take(length) else { return .incomplete }
    guard let padding = body.first, Int(padding) < length - 1 else { return .malformed }
    reader = trial
    return .packet(body.dropFirst().dropLast(Int(padding)))
  }

  private static let initPayload: [UInt8] = {
    // Type, cookie: a random one guards against replays, which cannot harm an exchange that nobody finishes.
    var payload = [UInt8(keyExchangeInit)] + [UInt8](repeating: 0x50, count: 16)
    let lists = [
      exchanges.joined(separator: ","), keyTypes.joined(separator: ","), ciphers, ciphers, codes, codes, "none", "none",
      "", "",
    ]
    for list in lists { payload += string(Array(list.utf8)) }
    // No guessed packet follows; reserved.
    return payload + [0, 0, 0, 0, 0]
  }()

  private static func string(_ octets: [UInt8]) -> [UInt8] { BigEndian.four(octets.count) + octets }

  /// Length, padding length, payload, padding to a multiple of 8 and at least 4 octets (RFC 4253, 6).
  private static func packet(_ payload: [UInt8]) -> [UInt8] {
    var padding = 8 - (5 + payload.count) % 8
    if padding < 4 { padding += 8 }
    return BigEndian.four(1 + payload.count + padding) + [UInt8(padding)] + payload
      + [UInt8](repeating: 0, count: padding)
  }
}
