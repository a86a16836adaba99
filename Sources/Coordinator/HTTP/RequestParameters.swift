internal import CoordinatorCore
internal import FoundationEssentials
internal import Hummingbird
internal import Model
internal import Wire

/// Reads path and query parameters.
enum RequestParameters {
  /// The record that the path names. Throws a `Problem` with `not-found`: an id that cannot be read names nothing.
  static func identifier<Kind>(_ context: APIContext, as type: Identifier<Kind>.Type = Identifier<Kind>.self) throws
    -> Identifier<Kind>
  {
    let text = context.parameters.get("id") ?? ""
    guard let id = Identifier<Kind>(text) else {
      throw Problem(
        .notFound, detail: "\"\(text)\" does not name a \(Kind.word); expected a number or \(Kind.word):NUMBER")
    }
    return id
  }

  /// Rows a page may have, 100 unless asked otherwise.
  static func limit(_ request: Request) throws -> Int {
    guard let text = request.uri.queryParameters["limit"] else { return 100 }
    guard let limit = Int(text), (1...WireLimits.pageRows).contains(limit) else {
      throw Refusal(.invalidValue, "1 to \(WireLimits.pageRows) is expected", at: "limit")
    }
    return limit
  }

  /// False unless it is there. Throws a `Refusal` for anything but true and false.
  static func flag(_ name: String, _ request: Request) throws -> Bool {
    switch text(name, request) {
    case nil, "false": return false
    case "true": return true
    default: throw Refusal(.invalidValue, "true or false is expected", at: name)
    }
  }

  static func text(_ name: String, _ request: Request) -> String? {
    request.uri.queryParameters[Substring(name)].map(String.init)
  }

  /// Words of a fixed list, joined by commas. Throws a `Refusal` that names the nearest of them.
  static func words<Word: RawRepresentable<String> & CaseIterable & Hashable>(
    _ text: String, of type: Word.Type, at parameter: String
  ) throws -> Set<Word> {
    Set(
      try text.split(separator: ",").map { word in
        guard let known = Word(rawValue: word.lowercased()) else {
          let all = Word.allCases.map(\.rawValue)
          let nearest = NearestWord.to(String(word), among: all).map { "; did you mean \($0)?" } ?? ""
          throw Refusal(
            .invalidValue, "\"\(word)\" is not one of \(all.joined(separator: ", "))\(nearest)", at: parameter)
        }
        return known
      })
  }

  /// Refuses parameters that the route does not know.
  static func allow(_ names: Set<String>, in request: Request) throws {
    for parameter in request.uri.queryParameters where !names.contains(String(parameter.key)) {
      throw Problem(
        .unknownField, detail: "there is no parameter \"\(parameter.key)\" here",
        errors: [.init(detail: "not known", parameter: String(parameter.key))])
    }
  }
}
