internal import Model

/// MQTT, AMQP, XMPP, SIP and RTSP.
enum MessagingReaders {
  // MARK: MQTT 3.1.1 (OASIS, 3.1)

  /// CONNECT: protocol name and level 4, a clean session, 10 s of keep-alive, a client's name.
  static let mqttQuestion: [UInt8] = {
    let body = [0, 4] + Array("MQTT".utf8) + [4, 2, 0, 10, 0, 8] + Array("periplus".utf8)
    return [0x10, UInt8(body.count)] + body
  }()

  static let mqtt: ServiceReader = { received in
    let octets = Array(received.octets.prefix(4))
    guard octets.starts(with: [0x20, 2].prefix(octets.count)) else { return .foreign }
    guard octets.count == 4 else { return received.isFinal ? .foreign : .incomplete }
    guard octets[2] <= 1, octets[3] <= 5 else { return .foreign }
    let identity = ServiceIdentity.named("mqtt")
    guard octets[3] == 0 else { return .recognised(identity) }
    // SUBSCRIBE to the topic under which brokers tell their version by custom.
    let topic = Array("$SYS/broker/version".utf8)
    let body = [0, 1, 0, UInt8(topic.count)] + topic + [0]
    return .asking(identity, FollowUp([0x82, UInt8(body.count)] + body) { mqttVersion($0, identity) })
  }

  private static func mqttVersion(_ received: Received, _ identity: ServiceIdentity) -> Reading {
    var reader = ByteReader(received.octets)
    while let type = reader.octet() {
      // Remaining lengths of one or two octets are all that is expected here.
      guard var length = reader.octet().map(Int.init) else { return .incomplete }
      if length >= 0x80 {
        guard let more = reader.octet() else { return .incomplete }
        length = length & 0x7f | Int(more & 0x7f) << 7
      }
      guard let body = reader.take(length) else { return .incomplete }
      guard type & 0xf0 == 0x30 else { continue }
      var fields = ByteReader(body)
      guard fields.run(lengthOctets: 2) != nil else { return .foreign }
      var identity = identity
      let words = fields.rest
      let text = [ProductPattern("mosquitto version {}", "mosquitto")].match(words)
      identity.take(text.product == nil ? ProductText(product: nil, version: WireText.field(words)) : text)
      return .recognised(identity)
    }
    return received.isFinal ? .recognised(identity) : .incomplete
  }

  // MARK: AMQP 0-9-1 (4.2.2)

  static let amqpQuestion: [UInt8] = Array("AMQP".utf8) + [0, 0, 9, 1]

  /// Connection.Start, whose properties name the software; or the version that the server wants instead.
  static let amqp: ServiceReader = { received in
    let octets = received.octets
    if octets.starts(with: "AMQP".utf8.prefix(octets.count)) {
      return octets.count >= 8 ? .recognised(.named("amqp")) : received.isFinal ? .foreign : .incomplete
    }
    var reader = ByteReader(octets)
    // Frame type 1 (method), channel 0, length; then class 10, method 10 and versions 0 and 9.
    guard let type = reader.octet() else { return .incomplete }
    guard type == 1 else { return .foreign }
    guard let channel = reader.number(2), let length = reader.number(4) else { return .incomplete }
    guard channel == 0, (8...16384).contains(length) else { return .foreign }
    guard let frame = reader.take(length) else { return received.isFinal ? .foreign : .incomplete }
    var method = ByteReader(frame)
    guard method.number(4) == 0x000a_000a, method.skip(2), let table = method.run(lengthOctets: 4) else {
      return .foreign
    }
    var identity = ServiceIdentity.named("amqp")
    var fields = ByteReader(table)
    while let name = fields.run(lengthOctets: 1), let kind = fields.octet() {
      switch kind {
      case UInt8(ascii: "S"):
        guard let value = fields.run(lengthOctets: 4) else { return .recognised(identity) }
        if name.elementsEqual("product".utf8) { identity.product = WireText.field(value) }
        if name.elementsEqual("version".utf8) { identity.version = WireText.field(value) }
      case UInt8(ascii: "F"), UInt8(ascii: "A"):
        guard fields.run(lengthOctets: 4) != nil else { return .recognised(identity) }
      case UInt8(ascii: "t"):
        guard fields.skip(1) else { return .recognised(identity) }
      case UInt8(ascii: "I"):
        guard fields.skip(4) else { return .recognised(identity) }
      default: return .recognised(identity)
      }
    }
    return .recognised(identity)
  }

  // MARK: XMPP (RFC 6120)

  static let xmpp: ServiceReader = { received in
    let octets = received.octets
    guard octets.starts(with: "<".utf8) else { return .foreign }
    guard Octets.contains(octets, "<stream:stream"), Octets.contains(octets, "jabber:") else {
      return received.isFinal || octets.count > 2048 ? .foreign : .incomplete
    }
    let identity = ServiceIdentity.named("xmpp")
    guard Octets.contains(octets, "</stream:features>") else {
      let isOver = received.isFinal || Octets.contains(octets, "</stream:stream>") || octets.count > 8192
      return isOver ? .recognised(identity) : .incomplete
    }
    guard Octets.contains(octets, "urn:ietf:params:xml:ns:xmpp-tls") else { return .recognised(identity) }
    return .asking(
      identity,
      FollowUp("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>") { received in
        if Octets.contains(received.octets, "<proceed") {
          return received.octets.last == UInt8(ascii: ">") ? .securing(identity) : .incomplete
        }
        return received.octets.count > 2048 ? .recognised(identity) : .incomplete
      })
  }

  // MARK: SIP (RFC 3261), RTSP (RFC 7826)

  static let sip: ServiceReader = { message($0, protocolName: "SIP/", service: "sip") }
  static let rtsp: ServiceReader = { message($0, protocolName: "RTSP/", service: "rtsp") }

  /// An answer in HTTP's form.
  private static func message(_ received: Received, protocolName: String, service: String) -> Reading {
    guard received.octets.starts(with: protocolName.utf8.prefix(received.octets.count)) else { return .foreign }
    guard let message = HTTPMessage(received) else {
      return received.isFinal || received.octets.count > 8192 ? .foreign : .incomplete
    }
    let words = message.field("server") ?? message.field("user-agent")
    return .recognised(.named(service, words.map(ProductText.init(words:)) ?? ProductText(product: nil, version: nil)))
  }

  // MARK: SOCKS 5 (RFC 1928)

  /// Offers no authentication and a password.
  static let socksQuestion: [UInt8] = [5, 2, 0, 2]

  static let socks: ServiceReader = { received in
    let octets = Array(received.octets)
    guard octets.first == 5, octets.count <= 2 else { return .foreign }
    guard octets.count == 2 else { return received.isFinal ? .foreign : .incomplete }
    return [0, 2, 0xff].contains(octets[1])
      ? .recognised(.named("socks5", ProductText(product: nil, version: nil), .likely)) : .foreign
  }
}
