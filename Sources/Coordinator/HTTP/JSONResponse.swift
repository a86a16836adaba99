internal import FoundationEssentials
internal import Hummingbird
internal import Listing
internal import NIOCore

/// Answers in JSON; keys are sorted, so that equal answers are equal texts.
enum JSONResponse {
  static func make(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    response(ByteBuffer(bytes: try encoded(value)), status)
  }

  /// A `Page`, whose rows `append` writes.
  static func page<Row>(
    _ rows: [Row], nextCursor: String?, _ append: (Row, inout [UInt8]) throws -> Void
  ) throws -> Response {
    var bytes: [UInt8] = []
    var members = JSONMembers()
    members.append("nextCursor", .text(ifPresent: nextCursor), to: &bytes)
    members.begin("rows", &bytes)
    bytes.append(UInt8(ascii: "["))
    for (index, row) in rows.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      try append(row, &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
    members.end(&bytes)
    return response(ByteBuffer(bytes: bytes), .ok)
  }

  static func encoded(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }

  private static func response(_ body: ByteBuffer, _ status: HTTPResponse.Status) -> Response {
    Response(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
  }
}
