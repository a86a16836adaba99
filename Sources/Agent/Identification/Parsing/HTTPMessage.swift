internal import Model

/// An HTTP/1 answer as far as it came (RFC 9112), or one in the same form: RTSP's, SIP's.
struct HTTPMessage {
  /// The most fields that are looked at.
  private static let fieldLimit = 64

  let status: Int

  /// What came of the body; chunk sizes stand in it, where it is chunked.
  let body: ArraySlice<UInt8>

  /// Whether the body has come as far as it is wanted: its title, its end, or all there will be.
  let isWhole: Bool

  private let fields: [(name: String, value: ArraySlice<UInt8>)]

  /// nil while the fields have not ended, unless nothing more will come; nil for what is no answer.
  init?(_ received: Received) {
    let octets = received.octets
    let head: ArraySlice<UInt8>
    if let end = Octets.range(of: "\r\n\r\n", in: octets) ?? Octets.range(of: "\n\n", in: octets) {
      head = octets[..<end.upperBound]
      body = octets[end.upperBound...]
    } else {
      guard received.isFinal else { return nil }
      head = octets
      body = []
    }
    let lines = Octets.lines(head)
    // `HTTP/1.1 200 OK`: the status is the second word.
    guard let words = lines.first?.split(separator: 0x20, maxSplits: 2), words.count >= 2, words[1].count == 3,
      words[1].allSatisfy(Octets.isDigit), words[0].contains(UInt8(ascii: "/"))
    else { return nil }
    status = words[1].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    fields = lines.dropFirst().prefix(Self.fieldLimit).compactMap { line in
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
      return (
        String(decoding: line[..<colon].prefix(64).map(Octets.lowercased), as: UTF8.self),
        Octets.trimmed(line[(colon + 1)...])
      )
    }
    isWhole = received.isFinal || Self.isComplete(body, status: status, fields: fields)
  }

  private static func isComplete(
    _ body: ArraySlice<UInt8>, status: Int, fields: [(name: String, value: ArraySlice<UInt8>)]
  ) -> Bool {
    if status == 204 || status == 304 || Octets.contains(body, "</title>") { return true }
    if let length = fields.first(where: { $0.name == "content-length" }).map({
      String(decoding: $0.value, as: UTF8.self)
    }),
      let count = Int(length)
    {
      return body.count >= count
    }
    // The last chunk (RFC 9112, 7.1).
    return fields.contains { $0.name == "transfer-encoding" } && body.suffix(5).elementsEqual("0\r\n\r\n".utf8)
  }

  /// The first field of a name in small letters.
  func field(_ name: String) -> ArraySlice<UInt8>? { fields.first { $0.name == name }?.value }

  private var title: String? {
    guard let opening = Octets.range(of: "<title", in: body),
      let start = body[opening.upperBound...].firstIndex(of: UInt8(ascii: ">")),
      let end = Octets.range(of: "</title", in: body[start...])
    else { return nil }
    return WireText.field(body[(start + 1)..<end.lowerBound])
  }

  /// The answer as an identity of plain HTTP.
  var identity: ServiceIdentity {
    let server = field("server")
    var identity = ServiceIdentity.named(
      "http", server.map(ProductText.init(words:)) ?? ProductText(product: nil, version: nil))
    identity.http = HTTPIdentity(
      status: status, server: server.flatMap { WireText.field($0) }, title: title,
      location: field("location").flatMap { WireText.field($0) })
    return identity
  }
}
