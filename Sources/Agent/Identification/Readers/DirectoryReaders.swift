internal import Model

/// LDAP, DNS over TCP, SMB and RDP: protocols of numbers and lengths.
enum DirectoryReaders {
  // MARK: LDAP (RFC 4511), in BER (X.690)

  /// A search of the root DSE (RFC 4512, 5.1) for attributes that name the software or what it can do.
  static let ldapQuestion: [UInt8] = {
    let attributes = ["vendorName", "vendorVersion", "supportedExtension", "supportedCapabilities"]
    let search =
      BER.encoded(0x04, []) + BER.encoded(0x0a, [0]) + BER.encoded(0x0a, [0]) + BER.encoded(0x02, [1])
      + BER.encoded(0x02, [5]) + BER.encoded(0x01, [0]) + BER.encoded(0x87, Array("objectClass".utf8))
      + BER.encoded(0x30, attributes.flatMap { BER.encoded(0x04, Array($0.utf8)) })
    return BER.encoded(0x30, BER.encoded(0x02, [1]) + BER.encoded(0x63, search))
  }()

  /// StartTLS (RFC 4511, 4.14).
  private static let ldapSecurityName = "1.3.6.1.4.1.1466.20037"

  static let ldap: ServiceReader = { received in
    var reader = ByteReader(received.octets)
    var identity = ServiceIdentity.named("ldap")
    var offersSecurity = false
    while true {
      guard let message = BER.element(&reader) else {
        return BER.couldContinue(reader.rest) && !received.isFinal ? .incomplete : .foreign
      }
      var fields = ByteReader(message.content)
      guard message.tag == 0x30, let number = BER.element(&fields), number.tag == 0x02,
        let operation = BER.element(&fields)
      else { return .foreign }
      switch operation.tag {
      case 0x64:
        take(operation.content, into: &identity, offersSecurity: &offersSecurity)
      case 0x65:
        guard offersSecurity else { return .recognised(identity) }
        let known = identity
        let request = BER.encoded(
          0x30, BER.encoded(0x02, [2]) + BER.encoded(0x77, BER.encoded(0x80, Array(ldapSecurityName.utf8))))
        return .asking(
          known,
          FollowUp(request) { received in
            var reader = ByteReader(received.octets)
            guard let message = BER.element(&reader) else { return .incomplete }
            var fields = ByteReader(message.content)
            guard BER.element(&fields) != nil, let operation = BER.element(&fields), operation.tag == 0x78 else {
              return .foreign
            }
            var result = ByteReader(operation.content)
            return BER.element(&result)?.content.elementsEqual([0]) == true ? .securing(known) : .recognised(known)
          })
      // A notice of disconnection, or the end of a bind that nobody asked for.
      case 0x78, 0x61: return .recognised(identity)
      default: return .foreign
      }
      if reader.isAtEnd, received.isFinal { return .recognised(identity) }
    }
  }

  /// An entry's attributes: the vendor's words, and what Active Directory says it can do ([MS-ADTS] 3.1.1.3.4.3).
  private static func take(
    _ entry: ArraySlice<UInt8>, into identity: inout ServiceIdentity, offersSecurity: inout Bool
  ) {
    var reader = ByteReader(entry)
    guard BER.element(&reader) != nil, let list = BER.element(&reader) else { return }
    var attributes = ByteReader(list.content)
    while let attribute = BER.element(&attributes) {
      var fields = ByteReader(attribute.content)
      guard let name = BER.element(&fields)?.content, let set = BER.element(&fields) else { return }
      var values = ByteReader(set.content)
      while let value = BER.element(&values)?.content {
        switch String(decoding: name.prefix(32), as: UTF8.self) {
        case "vendorName": identity.product = identity.product ?? WireText.field(value)
        case "vendorVersion": identity.version = identity.version ?? WireText.field(value)
        case "supportedExtension" where value.elementsEqual(ldapSecurityName.utf8): offersSecurity = true
        case "supportedCapabilities" where value.elementsEqual("1.2.840.113556.1.4.800".utf8):
          identity.product = identity.product ?? "Active Directory"
        default: break
        }
      }
    }
  }

  // MARK: DNS (RFC 1035) over TCP (RFC 7766)

  static let dnsQuestion = dnsQuery("version", id: 0x5044)

  static let dns: ServiceReader = { received in
    guard let answer = DNSAnswer(received.octets, id: 0x5044) else {
      return DNSAnswer.couldBegin(received.octets, id: 0x5044) && !received.isFinal ? .incomplete : .foreign
    }
    guard let text = answer.texts.first else { return .recognised(.named("domain")) }
    let named = [
      ProductPattern("dnsmasq-{}", "dnsmasq"), ProductPattern("unbound {}", "unbound"),
      ProductPattern("PowerDNS Authoritative Server {}", "PowerDNS Authoritative Server"),
      ProductPattern("PowerDNS Recursor {}", "PowerDNS Recursor"), ProductPattern("NSD {}", "NSD"),
      ProductPattern("Knot DNS {}", "Knot DNS"),
    ].match(text)
    if named.product != nil { return .recognised(.named("domain", named)) }
    guard let version = ProductText.version(text) else { return .recognised(.named("domain")) }
    let number = ServiceIdentity.named("domain", ProductText(product: nil, version: WireText.field(version)))
    // A mere number is BIND's way; its list of authors, which no other server has, makes it sure.
    return .asking(
      number,
      FollowUp(dnsQuery("authors", id: 0x5045)) { received in
        guard let answer = DNSAnswer(received.octets, id: 0x5045) else { return .incomplete }
        guard answer.texts.count > 3 else { return .recognised(number) }
        var identity = number
        identity.product = "BIND"
        return .recognised(identity)
      })
  }

  /// A question for the text `NAME.bind` of class CHAOS (3), type TXT (16), behind its length.
  private static func dnsQuery(_ name: String, id: Int) -> [UInt8] {
    let labels = [UInt8(name.utf8.count)] + Array(name.utf8) + [4] + Array("bind".utf8) + [0]
    let message = BigEndian.two(id) + [0, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 16, 0, 3]
    return BigEndian.two(message.count) + message
  }

  // MARK: SMB ([MS-SMB2] 2.2.3), behind a NetBIOS session header (RFC 1002, 4.3.1)

  static let smbQuestion: [UInt8] = {
    // Protocol id, structure size 64, then a header of zeros but for one credit asked.
    var header: [UInt8] = [0xfe, 0x53, 0x4d, 0x42, 64, 0] + [UInt8](repeating: 0, count: 58)
    header[14] = 1
    let dialects: [UInt8] = [0x02, 0x02, 0x10, 0x02, 0x00, 0x03, 0x02, 0x03]
    // Structure size 36, four dialects, signing possible, no capabilities, a client's number, no contexts.
    let body: [UInt8] =
      [36, 0, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0] + Array("periplus-visitor".utf8) + [UInt8](repeating: 0, count: 8)
      + dialects
    return BigEndian.four(header.count + body.count) + header + body
  }()

  static let smb: ServiceReader = { received in
    var reader = ByteReader(received.octets)
    guard let type = reader.octet() else { return .incomplete }
    guard type == 0 else { return .foreign }
    guard let length = reader.number(3) else { return .incomplete }
    guard (32...65536).contains(length) else { return .foreign }
    guard let start = reader.take(4) else { return .incomplete }
    return start.elementsEqual([0xfe, 0x53, 0x4d, 0x42]) || start.elementsEqual([0xff, 0x53, 0x4d, 0x42])
      ? .recognised(.named("smb")) : .foreign
  }

  // MARK: RDP ([MS-RDPBCGR] 2.2.1.1), over TPKT (RFC 1006)

  /// A connection request that offers TLS and CredSSP.
  static let rdpQuestion: [UInt8] = [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0]

  static let rdp: ServiceReader = { received in
    var reader = ByteReader(received.octets)
    guard let version = reader.octet() else { return .incomplete }
    guard version == 3 else { return .foreign }
    guard let reserved = reader.octet(), let length = reader.number(2) else { return .incomplete }
    guard reserved == 0, (11...64).contains(length) else { return .foreign }
    guard let body = reader.take(length - 4) else { return .incomplete }
    let octets = Array(body)
    // 0xd0 is a connection confirmation (X.224).
    guard octets.count >= 7, octets[1] & 0xf0 == 0xd0 else { return .foreign }
    let identity = ServiceIdentity.named("rdp")
    // A negotiation response, type 2, with a protocol chosen that runs inside TLS.
    guard octets.count >= 15, octets[7] == 2, octets[11] != 0 else { return .recognised(identity) }
    return .securing(identity)
  }
}
