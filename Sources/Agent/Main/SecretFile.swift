internal import LocalSystem

/// A token or a secret in a file, - for standard input: one word and nothing else.
enum SecretFile {
  private static let longest = 4_096

  /// Throws a `CommandFailure`.
  static func read(_ path: String, _ what: String) throws -> String {
    let text: String
    do {
      text = try TextFile.read(path, maximumBytes: longest)
    } catch {
      throw CommandFailure.usage("the \(what) file: \(error)")
    }
    return try oneWord(text, of: path, what)
  }

  static func oneWord(_ text: String, of place: String, _ what: String) throws -> String {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 1 else { throw CommandFailure.usage("\(place) must hold one \(what) and nothing else") }
    return String(words[0])
  }
}
