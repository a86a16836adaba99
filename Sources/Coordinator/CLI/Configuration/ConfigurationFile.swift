internal import FoundationEssentials
internal import Model
internal import Wire
internal import Yams

/// A YAML file as the API's document, with the line of each field.
struct ConfigurationFile {
  private(set) var document = ConfigurationDocument()
  private let name: String
  /// By JSON pointer into the document.
  private var lines: [String: Int] = [:]

  /// Nesting that is followed; nothing described here has more than four.
  private static let depthLimit = 16

  /// Throws a `CommandFailure` that names file and line.
  init(_ text: String, name: String) throws {
    self.name = name
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw CommandFailure("\(name)\(Self.words(error))", status: .usage)
    }
    guard let root else { throw CommandFailure("\(name) is empty; nothing is described", status: .usage) }
    guard case .mapping(let mapping) = root else {
      throw CommandFailure(
        "\(name):\(root.mark?.line ?? 1): expected lists under \(Self.kinds)", status: .usage)
    }
    var value: [String: JSONValue] = [:]
    for (key, node) in mapping {
      let line = key.mark?.line ?? 1
      guard let kind = ConfigurationKind.all.first(where: { $0.name == key.string }) else {
        throw CommandFailure(
          "\(name):\(line): there is no kind \"\(key.string ?? "")\"; there are \(Self.kinds)", status: .usage)
      }
      guard value[kind.name] == nil else {
        throw CommandFailure("\(name):\(line): \(kind.name) stands here twice; join the lists", status: .usage)
      }
      lines["/\(kind.name)"] = line
      switch node {
      case .sequence: value[kind.name] = try convert(node, kind, field: kind.name, at: "/\(kind.name)", depth: 0)
      case .scalar(let scalar) where scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null":
        value[kind.name] = .list([])
      default:
        throw CommandFailure(
          "\(name):\(line): expected a list under \(kind.name), each item begun by \"- name:\"", status: .usage)
      }
    }
    let octets = try JSONEncoder().encode(JSONValue.object(value))
    do {
      document = try JSONDecoder().decode(ConfigurationDocument.self, from: octets)
      try Self.refuseUnknown(value)
    } catch let error as DecodingError {
      throw failure(error)
    } catch let unknown as UnknownField {
      throw CommandFailure(
        "\(name):\(line(of: unknown.pointer) ?? 1): there is no field \"\(unknown.field)\" here; there are \(unknown.known.sorted().joined(separator: ", "))",
        status: .usage)
    }
  }

  private static var kinds: String { ConfigurationKind.all.map(\.name).joined(separator: ", ") }

  /// Where a JSON pointer leads, or the nearest thing around it.
  func line(of pointer: String) -> Int? {
    var rest = Substring(pointer)
    while !rest.isEmpty {
      if let line = lines[String(rest)] { return line }
      rest = rest[..<(rest.lastIndex(of: "/") ?? rest.startIndex)]
    }
    return nil
  }

  /// A refusal of the coordinator's as one of this file's line.
  func failure(_ problem: Problem) -> CommandFailure {
    let place = problem.errors?.compactMap(\.pointer).first
    let line = place.flatMap { self.line(of: $0) }.map { ":\($0)" } ?? ""
    let plain = CommandFailure(problem)
    return CommandFailure("\(name)\(line): \(problem.errors?.first?.detail ?? problem.detail)", status: plain.status)
  }

  // MARK: Reading

  private mutating func convert(
    _ node: Node, _ kind: ConfigurationKind, field: String, at pointer: String, depth: Int
  ) throws -> JSONValue {
    let line = node.mark?.line ?? 1
    if lines[pointer] == nil { lines[pointer] = line }
    guard depth < Self.depthLimit else {
      throw CommandFailure("\(name):\(line): this is nested too deeply", status: .usage)
    }
    switch node {
    case .sequence(let items):
      return .list(
        try items.enumerated().map { index, item in
          try convert(item, kind, field: field, at: "\(pointer)/\(index)", depth: depth + 1)
        })
    case .mapping(let mapping):
      var object: [String: JSONValue] = [:]
      for (key, value) in mapping {
        let field = key.string ?? ""
        let line = key.mark?.line ?? line
        let wireName = kind.spans[field] ?? field
        guard object[wireName] == nil else {
          throw CommandFailure("\(name):\(line): \(field) stands here twice", status: .usage)
        }
        lines["\(pointer)/\(wireName)"] = line
        object[wireName] =
          wireName == field
          ? try convert(value, kind, field: field, at: "\(pointer)/\(field)", depth: depth + 1)
          : try span(value, field, line)
      }
      return .object(object)
    case .scalar(let scalar): return try self.scalar(scalar, kind, field: field, line)
    case .alias: throw CommandFailure("\(name):\(line): aliases are not read here; write it out", status: .usage)
    }
  }

  private func span(_ node: Node, _ field: String, _ line: Int) throws -> JSONValue {
    guard let text = node.string, let duration = DurationText.read(text) else {
      throw CommandFailure("\(name):\(line): \(field): expected a span such as 90m, 8h or 7d", status: .usage)
    }
    return .integer(duration.components.seconds)
  }

  private func scalar(
    _ scalar: Node.Scalar, _ kind: ConfigurationKind, field: String, _ line: Int
  ) throws -> JSONValue {
    let text = scalar.string
    if scalar.style == .plain, ["", "~", "null"].contains(text) { return .null }
    if kind.numbers.contains(field) {
      guard let number = Int64(text) else {
        throw CommandFailure("\(name):\(line): \(field): expected a whole number, not \"\(text)\"", status: .usage)
      }
      return .integer(number)
    }
    if kind.flags.contains(field) {
      guard text == "true" || text == "false" else {
        throw CommandFailure("\(name):\(line): \(field): expected true or false, not \"\(text)\"", status: .usage)
      }
      return .flag(text == "true")
    }
    return .text(text)
  }

  // MARK: Refusing

  private struct UnknownField: Error {
    let field: String
    let pointer: String
    let known: Set<String>
  }

  private static func refuseUnknown(_ value: [String: JSONValue]) throws {
    try refuseUnknown(.object(value), ConfigurationDocument.self, "")
  }

  private static func refuseUnknown(_ value: JSONValue, _ type: any WireRequest.Type, _ pointer: String) throws {
    switch value {
    case .list(let items):
      for (index, item) in items.enumerated() { try refuseUnknown(item, type, "\(pointer)/\(index)") }
    case .object(let fields):
      for (field, inner) in fields {
        guard type.fieldNames.contains(field) else {
          throw UnknownField(field: field, pointer: "\(pointer)/\(field)", known: type.fieldNames)
        }
        if let nested = type.nestedFields[field] { try refuseUnknown(inner, nested, "\(pointer)/\(field)") }
      }
    case .text, .integer, .flag, .null: break
    }
  }

  private func failure(_ error: DecodingError) -> CommandFailure {
    func at(_ path: [any CodingKey], _ message: String) -> CommandFailure {
      let pointer = path.map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined()
      return CommandFailure("\(name):\(line(of: pointer) ?? 1): \(message)", status: .usage)
    }
    switch error {
    case .keyNotFound(let key, let context): return at(context.codingPath, "the field \(key.stringValue) is missing")
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return at(
        context.codingPath,
        "\(context.codingPath.last?.stringValue ?? "it") is of the wrong kind: a list begins with \"- \", a text stands alone"
      )
    case .dataCorrupted(let context):
      let isOurs = context.debugDescription.contains("expected") || context.debugDescription.contains("is not an")
      return at(
        context.codingPath,
        "\(context.codingPath.last?.stringValue ?? "it"): \(isOurs ? context.debugDescription : "this is not one of the words expected")"
      )
    @unknown default: return CommandFailure("\(name) cannot be read", status: .usage)
    }
  }

  /// What stands behind the file's name.
  private static func words(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      ":\(mark.line): column \(mark.column): \(problem)"
    case .duplicatedKeysInMapping(let duplicates, _): ": \(duplicates) stand there twice"
    default: ": it is no YAML"
    }
  }
}
