internal import CoordinatorCore
internal import FoundationEssentials
internal import Gzip
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Wire

/// Reads JSON bodies: bounded before and after inflating, of the right content type, without unknown fields.
enum RequestBody {
  /// The value and the octets it was read from. Throws a `Problem`.
  static func read<Body: WireRequest>(
    _ type: Body.Type, from request: Request, context: APIContext
  ) async throws -> (body: Body, octets: [UInt8]) {
    let contentType = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
    guard contentType == "application/json" else {
      throw Problem(.wrongContentType, detail: "the body must be application/json")
    }
    let buffer = try await request.body.collect(upTo: context.maxUploadSize)
    try await context.confirmAgent?()
    var octets = Array(buffer.readableBytesView)
    switch request.headers[.contentEncoding] {
    case nil, "identity": break
    case "gzip":
      do {
        octets = try Gzip.inflate(octets, maximumBytes: WireLimits.inflatedBodyBytes)
      } catch {
        let isTooLarge = if case .tooLarge = error.code { true } else { false }
        throw Problem(isTooLarge ? .bodyTooLarge : .badRequest, detail: error.description)
      }
    default: throw Problem(.wrongContentType, detail: "the content encoding must be gzip or none")
    }
    return (try decode(type, from: octets), octets)
  }

  static func decode<Body: WireRequest>(_ type: Body.Type, from octets: [UInt8]) throws -> Body {
    if let type = type as? any DirectlyRead.Type, let body = type.init(directly: octets) as? Body { return body }
    do {
      let checked = try JSONDecoder().decode(Checked<Body>.self, from: Data(octets))
      if let first = checked.unknown.first {
        throw Problem(
          .unknownField, detail: "there is no field \(first) here",
          errors: checked.unknown.map { Problem.Place(detail: "not known", pointer: $0) })
      }
      return checked.body
    } catch let error as DecodingError {
      throw problem(for: error)
    }
  }

  private static func problem(for error: DecodingError) -> Problem {
    func at(_ path: [any CodingKey], _ detail: String) -> Problem {
      let pointer = path.map { "/" + ($0.intValue.map(String.init) ?? escaped($0.stringValue)) }.joined()
      return Problem(
        .invalidValue, detail: "\(pointer.isEmpty ? "the body" : pointer): \(detail)",
        errors: [.init(detail: detail, pointer: pointer)])
    }
    switch error {
    case .keyNotFound(let key, let context): return at(context.codingPath + [key], "the field is missing")
    case .valueNotFound(_, let context): return at(context.codingPath, "a value is missing")
    case .typeMismatch(_, let context): return at(context.codingPath, "the value has the wrong type")
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      return Problem(.badRequest, detail: "the body is not valid JSON")
    case .dataCorrupted(let context):
      // Messages of our own decoders say what is expected; Foundation's name Swift types.
      let isOurs = context.debugDescription.contains("expected") || context.debugDescription.contains("is not an")
      return at(context.codingPath, isOurs ? context.debugDescription : "the value is not one of those expected")
    @unknown default: return Problem(.badRequest, detail: "the body cannot be read")
    }
  }

  /// A reference token of a JSON pointer (RFC 6901, 3).
  private static func escaped(_ key: String) -> String {
    key.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
  }

  /// A body with the fields in it that its type does not list, from one look at the text.
  private struct Checked<Body: WireRequest>: Decodable {
    let body: Body
    private(set) var unknown: [String] = []

    init(from decoder: any Decoder) throws {
      body = try Body(from: decoder)
      try walk(decoder, Body.self, "")
    }

    private mutating func walk(_ decoder: any Decoder, _ type: any WireRequest.Type, _ path: String) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      for key in container.allKeys where !type.fieldNames.contains(key.stringValue) {
        unknown.append(path + "/" + RequestBody.escaped(key.stringValue))
      }
      for (name, nested) in type.nestedFields {
        let key = AnyKey(stringValue: name)
        guard container.contains(key), try !container.decodeNil(forKey: key) else { continue }
        guard var list = try? container.nestedUnkeyedContainer(forKey: key) else {
          try walk(container.superDecoder(forKey: key), nested, "\(path)/\(name)")
          continue
        }
        // One bad element says enough; a long list of the same fault helps nobody.
        while !list.isAtEnd, unknown.count < 10 {
          let index = list.currentIndex
          try walk(list.superDecoder(), nested, "\(path)/\(name)/\(index)")
        }
      }
    }
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
