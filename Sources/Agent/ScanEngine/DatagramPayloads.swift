internal import Model

/// What a UDP probe says: a service that knows its protocol answers a request of it, and most answer nothing else.
///
/// Some answer no stranger: syslog never does, a RADIUS server only those that share its secret, and DHCP answers to
/// port 68 whoever asked, so that it has no request here. Such a port stays open or filtered.
///
/// Requests ask for what every server gives without a login, and for short answers, so that a spoofed reflection is of no
/// use to anybody. Written from the specifications named.
enum DatagramPayloads {
  /// The request for a port's usual service; empty for any other port, which an echo or a discard service answers, and
  /// a closed port refuses.
  static func payload(for port: Port) -> [UInt8] { table[port.rawValue] ?? [] }

  private static let table: [UInt16: [UInt8]] = {
    var table: [UInt16: [UInt8]] = [:]
    func add(_ ports: [UInt16], _ payload: [UInt8]) { for port in ports { table[port] = payload } }
    add([53], dnsQuery(id: 0x5050, name: ["version", "bind"], type: 16, class: 3))
    add([5353], dnsQuery(id: 0, name: ["_services", "_dns-sd", "_udp", "local"], type: 12, class: 0x8001))
    add([5355], dnsQuery(id: 0x5050, name: ["localhost"], type: 1, class: 1))
    add([123], [0xe3] + zeros(3) + zeros(36) + [0x50, 0x50, 0x50, 0x50, 0, 0, 0, 1])
    add([161], snmpGet)
    add([69], [0, 1] + text("periplus\0octet\0"))
    add(
      [1900],
      text(
        "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n"))
    add([500], isakmp)
    add([4500], zeros(4) + isakmp)
    add([137], netbiosStatus)
    add([111], rpcNull(program: 100_000, version: 2))
    add([2049], rpcNull(program: 100_003, version: 3))
    add([514], text("<15>periplus: port check"))
    add([1645, 1646, 1812, 1813], [12, 0x50, 0, 20] + (1...16).map { UInt8($0) })
    add([3478, 3479], [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42] + text("periplus-pp1"))
    add([5060, 5061], sipOptions)
    add([5683], [0x40, 0x01, 0x50, 0x50, 0xbb] + text(".well-known") + [0x04] + text("core"))
    add([11211], [0, 1, 0, 0, 0, 1, 0, 0] + text("version\r\n"))
    add([623], ipmiPing)
    add([1194], [0x38] + text("periplus") + zeros(5))
    add([443], quic)
    add([88], kerberos)
    add([389], cldapRootQuery)
    add([1434], [2])
    add([27015], [0xff, 0xff, 0xff, 0xff] + text("TSource Engine Query\0"))
    // XDMCP (X.Org's xdmcp document, 2): Query, version 1, no authentication names.
    add([177], [0, 1, 0, 2, 0, 1, 0])
    add([427], serviceTypes)
    // RIP (RFC 2453, 3.9.1): a request for one route, so that the answer is as short.
    add([520], [1, 2, 0, 0, 0, 2, 0, 0, 127] + zeros(14) + [16])
    add([1701], l2tpStart)
    add([3130], icpQuery)
    // IAX2 (RFC 5456, 8.1.1): a full frame of call 1, type 6, POKE.
    add([4569], [0x80, 1] + zeros(8) + [6, 0x1e])
    add([7, 13, 17, 19, 37], text("\r\n"))
    return table
  }()

  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// RFC 1035, 4.1: one question, recursion not desired.
  private static func dnsQuery(id: UInt16, name: [String], type: UInt16, class: UInt16) -> [UInt8] {
    func short(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
    let labels = name.flatMap { [UInt8($0.utf8.count)] + text($0) }
    return short(id) + short(0) + short(1) + zeros(6) + labels + [0] + short(type) + short(`class`)
  }

  /// SNMPv1 (RFC 1157): get-request for sysDescr.0 with the community `public`.
  private static let snmpGet: [UInt8] =
    [0x30, 0x29, 0x02, 0x01, 0x00, 0x04, 0x06] + text("public") + [
      0xa0, 0x1c, 0x02, 0x04, 0x50, 0x50, 0x50, 0x50, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x0e, 0x30, 0x0c, 0x06,
      0x08, 0x2b, 0x06, 0x01, 0x02, 0x01, 0x01, 0x01, 0x00, 0x05, 0x00,
    ]

  /// IKEv1 main mode (RFC 2408, 3.1): a header with one security association proposal of one transform.
  private static let isakmp: [UInt8] =
    text("periplus") + zeros(8) + [1, 0x10, 2, 0, 0, 0, 0, 0, 0, 0, 0, 80]
    // Security association: domain of interpretation 1, situation 1.
    + [0, 0, 0, 52, 0, 0, 0, 1, 0, 0, 0, 1]
    // Proposal 1: ISAKMP, one transform.
    + [0, 0, 0, 40, 1, 1, 0, 1]
    // Transform 1, KEY_IKE: AES-CBC with 128 bits, SHA-1, group 2, pre-shared key, 8 hours.
    + [0, 0, 0, 32, 1, 1, 0, 0, 0x80, 1, 0, 7, 0x80, 14, 0, 128, 0x80, 2, 0, 2, 0x80, 4, 0, 2, 0x80, 3, 0, 1]
    + [0x80, 11, 0, 1]

  /// NetBIOS node status (RFC 1002, 4.2.17) for `*`.
  private static let netbiosStatus: [UInt8] =
    [0x50, 0x50, 0, 0, 0, 1] + zeros(6) + [0x20] + text("CK") + [UInt8](repeating: 0x41, count: 30)
    + [0, 0, 0x21, 0, 1]

  /// A call of a program's procedure 0, which does nothing, without credentials (RFC 5531, 9 and 12): 100000 is the
  /// portmapper (RFC 1833), 100003 NFS (RFC 1813).
  private static func rpcNull(program: UInt32, version: UInt8) -> [UInt8] {
    let number = (0..<4).map { UInt8(truncatingIfNeeded: program >> (24 - 8 * $0)) }
    return [0x50, 0x50, 0x50, 0x50] + zeros(4) + [0, 0, 0, 2] + number + [0, 0, 0, version] + zeros(20)
  }

  /// Service location (RFC 2608, 8 and 10.1): a service type request, version 2, in English, of every authority, in the
  /// scope `default`.
  private static let serviceTypes: [UInt8] =
    [2, 9, 0, 0, 29, 0, 0, 0, 0, 0, 0x50, 0x50, 0, 2] + text("en") + [0, 0, 0xff, 0xff, 0, 7] + text("default")

  /// L2TP (RFC 2661, 3.1, 4.4, 6.1): a control message without session; message type 1 (SCCRQ), version 1.0, framing 3,
  /// host name, tunnel 1.
  private static let l2tpStart: [UInt8] = {
    func pair(_ type: UInt8, _ value: [UInt8]) -> [UInt8] { [0x80, UInt8(6 + value.count), 0, 0, 0, type] + value }
    let body =
      pair(0, [0, 1]) + pair(2, [1, 0]) + pair(3, [0, 0, 0, 3]) + pair(7, text("periplus")) + pair(9, [0, 1])
    return [0xc8, 0x02, 0, UInt8(12 + body.count)] + zeros(8) + body
  }()

  /// ICP (RFC 2186): a query, opcode 1 of version 2, whether a cache holds a page.
  private static let icpQuery: [UInt8] = {
    let page = text("http://localhost/") + [0]
    return [1, 2, 0, UInt8(24 + page.count), 0x50, 0x50, 0x50, 0x50] + zeros(16) + page
  }()

  /// RFC 3261, 11.
  private static let sipOptions = text(
    "OPTIONS sip:periplus@localhost SIP/2.0\r\nVia: SIP/2.0/UDP localhost;branch=z9hG4bKpp;rport\r\n"
      + "From: <sip:periplus@localhost>;tag=pp\r\nTo: <sip:periplus@localhost>\r\nCall-ID: pp@localhost\r\n"
      + "CSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\nContent-Length: 0\r\n\r\n")

  /// RMCP presence ping (ASF 2.0, 3.2.4.2).
  private static let ipmiPing: [UInt8] = [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0, 0, 0]

  /// A QUIC long header of a version that is reserved to force version negotiation (RFC 9000, 6.3, 15), padded to the
  /// 1,200 octets without which servers stay silent (14.1).
  private static let quic: [UInt8] =
    [0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8] + text("periplus") + [8] + text("periplus") + zeros(1200 - 23)

  /// AS-REQ (RFC 4120, 5.4.1) without a client's name: a KDC answers with an error. No options, a realm, the server's name
  /// (without it MIT's stays silent), until, nonce, one cipher.
  private static let kerberos: [UInt8] =
    [0x6a, 0x5a, 0x30, 0x58, 0xa1, 0x03, 0x02, 0x01, 0x05, 0xa2, 0x03, 0x02, 0x01, 0x0a, 0xa4, 0x4c, 0x30, 0x4a]
    + [0xa0, 0x07, 0x03, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0xa2, 0x04, 0x1b, 0x02] + text("PP")
    + [0xa3, 0x17, 0x30, 0x15, 0xa0, 0x03, 0x02, 0x01, 0x02, 0xa1, 0x0e, 0x30, 0x0c, 0x1b, 0x06] + text("krbtgt")
    + [0x1b, 0x02] + text("PP") + [0xa5, 0x11, 0x18, 0x0f] + text("20370101000000Z") + [
      0xa7, 0x06, 0x02, 0x04, 0x50, 0x50, 0x50, 0x50,
    ]
    + [0xa8, 0x05, 0x30, 0x03, 0x02, 0x01, 0x12]

  /// CLDAP search of the root entry (RFC 4511, 4.5.1; MS-ADTS, 7.3.3).
  private static let cldapRootQuery: [UInt8] =
    [0x30, 0x25, 0x02, 0x01, 0x01, 0x63, 0x20, 0x04, 0x00, 0x0a, 0x01, 0x00, 0x0a, 0x01, 0x00, 0x02, 0x01, 0x00, 0x02]
    + [0x01, 0x00, 0x01, 0x01, 0x00, 0x87, 0x0b] + text("objectClass") + [0x30, 0x00]
}
