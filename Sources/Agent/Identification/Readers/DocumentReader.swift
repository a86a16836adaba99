internal import Model

/// MongoDB's wire protocol (MongoDB Wire Protocol; bsonspec.org).
enum DocumentReader {
  /// isMaster in the old form, OP_QUERY (2004), which every version still answers before login.
  static let question = message(
    code: 2004,
    body: [0, 0, 0, 0] + Array("admin.$cmd\0".utf8) + [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff] + command("isMaster"))

  static let answer: ServiceReader = { received in
    var reader = ByteReader(received.octets)
    guard let length = reader.littleEndian(4), let _ = reader.littleEndian(4), let answered = reader.littleEndian(4),
      let code = reader.littleEndian(4)
    else { return received.octets.count < 16 && !received.isFinal ? .incomplete : .foreign }
    // OP_REPLY (1) to our request.
    guard code == 1, answered == requestID, (36...65536).contains(length) else { return .foreign }
    guard received.octets.count >= length else { return received.isFinal ? .foreign : .incomplete }
    // Flags, cursor, start, count; then the document.
    guard reader.skip(20), Octets.contains(reader.rest, "maxWireVersion") || Octets.contains(reader.rest, "ismaster")
    else { return .foreign }
    let identity = ServiceIdentity.named("mongodb")
    // OP_MSG (2013), one section of kind 0: buildInfo needs no login.
    let request = message(code: 2013, body: [0, 0, 0, 0, 0] + command("buildInfo", database: "admin"))
    return .asking(identity, FollowUp(request) { build($0, identity) })
  }

  private static func build(_ received: Received, _ identity: ServiceIdentity) -> Reading {
    var reader = ByteReader(received.octets)
    guard let length = reader.littleEndian(4) else { return .incomplete }
    guard (21...65536).contains(length) else { return .foreign }
    guard received.octets.count >= min(length, 8192) else { return received.isFinal ? .foreign : .incomplete }
    guard reader.skip(8), reader.littleEndian(4) == 2013, reader.skip(4), reader.octet() == 0,
      let version = BSON.text("version", in: reader.rest)
    else { return .foreign }
    var identity = identity
    identity.version = WireText.field(version)
    return .recognised(identity)
  }

  private static let requestID = 0x5050

  private static func message(code: Int, body: [UInt8]) -> [UInt8] {
    BSON.number(16 + body.count) + BSON.number(requestID) + BSON.number(0) + BSON.number(code) + body
  }

  /// `{NAME: 1, $db: DATABASE}`.
  private static func command(_ name: String, database: String? = nil) -> [UInt8] {
    var members = [0x10] + Array(name.utf8) + [0] + BSON.number(1)
    if let database {
      members += [0x02] + Array("$db".utf8) + [0] + BSON.number(database.utf8.count + 1) + Array(database.utf8) + [0]
    }
    return BSON.number(members.count + 5) + members + [0]
  }
}
