internal import ArgumentParser
internal import Curl
internal import FoundationEssentials
internal import LocalSystem
internal import Wire
internal import Yams

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Print the configuration as the YAML that apply reads.")

  @Option(help: "These kinds alone, joined by commas.") var kinds: String?
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let wanted = kinds.map { Set($0.split(separator: ",").map(String.init)) }
    if let unknown = wanted?.first(where: { name in !ConfigurationKind.all.contains { $0.name == name } }) {
      throw CommandFailure(
        "--kinds: there is no kind \"\(unknown)\"; there are \(ConfigurationKind.all.map(\.name).joined(separator: ", "))",
        status: .usage)
    }
    let document: ConfigurationDocument = try await connection.client().get(OperatorAPI.basePath + "/export")
    let text = try ConfigurationText.text(of: document, kinds: wanted)
    let stream = BufferedOutput()
    stream.write(text)
    do {
      try stream.finish()
    } catch {
      throw CommandFailure(error.description)
    }
  }
}

/// A document as YAML.
enum ConfigurationText {
  static func text(of document: ConfigurationDocument, kinds: Set<String>? = nil) throws -> String {
    let octets = try JSONEncoder().encode(document)
    guard let root = try Yams.compose(yaml: String(decoding: octets, as: UTF8.self))?.mapping else { return "" }
    let pairs = ConfigurationKind.all.compactMap { kind -> (Node, Node)? in
      guard kinds?.contains(kind.name) ?? true, let list = root[kind.name], list.sequence?.isEmpty == false else {
        return nil
      }
      return (Node(kind.name), ordered(list, kind))
    }
    return pairs.isEmpty ? "" : try Yams.serialize(node: .mapping(.init(pairs)), allowUnicode: true)
  }

  /// JSON is YAML: what is left is the order of fields, their names, and a style for people.
  private static func ordered(_ node: Node, _ kind: ConfigurationKind, field: String = "") -> Node {
    switch node {
    case .sequence(let items):
      let isShort = items.allSatisfy { $0.scalar != nil } && items.count <= 8
      return .sequence(
        .init(items.map { ordered($0, kind, field: field) }, .implicit, isShort ? .flow : .block))
    case .mapping(let mapping):
      let names = Dictionary(kind.spans.map { ($0.value, $0.key) }) { first, _ in first }
      let pairs = mapping.map { key, value -> (String, Node) in
        guard let name = names[key.string ?? ""], let seconds = value.int else {
          return (key.string ?? "", ordered(value, kind, field: key.string ?? ""))
        }
        return (name, Node(span(seconds)))
      }
      let sorted = pairs.sorted { left, right in
        (kind.order.firstIndex(of: left.0) ?? .max, left.0) < (kind.order.firstIndex(of: right.0) ?? .max, right.0)
      }
      return .mapping(.init(sorted.map { (Node($0.0), $0.1) }, .implicit, .block))
    case .scalar(let scalar):
      let isPlain = kind.numbers.contains(field) || kind.flags.contains(field) || isWord(scalar.string)
      return .scalar(.init(scalar.string, .implicit, isPlain ? .plain : .doubleQuoted))
    case .alias: return node
    }
  }

  /// The largest unit that says it exactly.
  private static func span(_ seconds: Int) -> String {
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60)] where seconds > 0 && seconds % length == 0 {
      return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
  }

  /// Whether a text is no other thing for any YAML reader when it stands without quotes.
  private static func isWord(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, ("a"..."z").contains(first) || ("A"..."Z").contains(first) else {
      return false
    }
    let isClean = text.unicodeScalars.allSatisfy { scalar in
      ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        || "-_/.".unicodeScalars.contains(scalar)
    }
    return isClean && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text.lowercased())
  }
}
