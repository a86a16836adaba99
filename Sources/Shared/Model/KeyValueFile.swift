/// A configuration file of `key = value` lines: blank lines and lines that begin with `#` say nothing, a key stands once.
package struct KeyValueFile: Equatable, Sendable {
  /// Values with the lines they stand on, counted from 1.
  package let entries: [String: (value: String, line: Int)]

  package static func == (left: KeyValueFile, right: KeyValueFile) -> Bool {
    left.entries.mapValues(\.value) == right.entries.mapValues(\.value)
  }

  /// Reads a file's text; only `keys` may occur.
  package init(_ text: String, keys: Set<String>) throws(KeyValueFileError) {
    var entries: [String: (value: String, line: Int)] = [:]
    for (index, content) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let line = content.trimmed
      if line.isEmpty || line.first == "#" { continue }
      guard let equals = line.firstIndex(of: "=") else {
        throw KeyValueFileError(line: index + 1, message: "expected KEY = VALUE")
      }
      let key = String(line[..<equals].trimmed)
      guard keys.contains(key) else {
        throw KeyValueFileError(
          line: index + 1,
          message: "there is no setting \"\(key)\"; the settings are \(keys.sorted().joined(separator: ", "))")
      }
      guard entries[key] == nil else {
        throw KeyValueFileError(line: index + 1, message: "\(key) is set twice")
      }
      let value = String(line[line.index(after: equals)...].trimmed)
      guard !value.isEmpty else { throw KeyValueFileError(line: index + 1, message: "\(key) has no value") }
      entries[key] = (value, index + 1)
    }
    self.entries = entries
  }

  package subscript(key: String) -> String? { entries[key]?.value }

  /// A value that `read` understands; nil where the key is not set. Throws with the line if it does not understand it.
  package func value<Value>(
    _ key: String, _ expected: String, _ read: (String) -> Value?
  ) throws(KeyValueFileError) -> Value? {
    guard let entry = entries[key] else { return nil }
    guard let value = read(entry.value) else {
      throw KeyValueFileError(line: entry.line, message: "\(key) = \(entry.value): expected \(expected)")
    }
    return value
  }
}

/// What is wrong with a configuration file, and on which line (from 1).
package struct KeyValueFileError: Error, Equatable, Sendable, CustomStringConvertible {
  package let line: Int
  package let message: String

  package init(line: Int, message: String) {
    self.line = line
    self.message = message
  }

  package var description: String { "line \(line): \(message)" }
}

extension Substring {
  fileprivate var trimmed: Substring {
    let head = drop(while: \.isWhitespace)
    guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return head }
    return head[...last]
  }
}
