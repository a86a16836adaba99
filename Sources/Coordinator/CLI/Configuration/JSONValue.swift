/// A JSON value between two languages.
enum JSONValue: Encodable {
  case object([String: JSONValue])
  case list([JSONValue])
  case text(String)
  case integer(Int64)
  case flag(Bool)
  case null

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let fields): try fields.encode(to: encoder)
    case .list(let items): try items.encode(to: encoder)
    case .text(let text): try text.encode(to: encoder)
    case .integer(let number): try number.encode(to: encoder)
    case .flag(let flag): try flag.encode(to: encoder)
    case .null:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    }
  }
}
