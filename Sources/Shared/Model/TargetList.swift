/// Targets as a user names them: what stands on a command line, in a list file or in an exclusion.
package struct TargetList: Equatable, Sendable {
  /// All expressions of a list together may stand for at most this many separate ranges.
  package static let maximumRangeCount = 1 << 21

  package private(set) var expressions: [TargetExpression]

  package init(_ expressions: [TargetExpression] = []) { self.expressions = expressions }

  /// Reads targets separated by blanks or commas, in one argument or several.
  ///
  /// A comma inside an octet list continues it (`10.0.0-3.1,5,7-9` is one target of 20 hosts); a comma item that has
  /// dots or colons of its own once the address before it is complete, or that is a name, starts a new target.
  /// - Throws: `ExpressionError`, with the argument as its expression.
  package static func parse(_ arguments: [String]) throws(ExpressionError) -> TargetList {
    var reader = Reader()
    for argument in arguments { try reader.read(argument) }
    return reader.list
  }

  /// Reads a list file: targets separated by white space (or commas), `#` starts a comment up to the end of its line.
  ///
  /// - Throws: `TargetFileError`, with the word that cannot be read as its expression.
  package static func parse(listFile text: String) throws(TargetFileError) -> TargetList {
    var reader = Reader()
    let byteOrderMark: Unicode.Scalar = "\u{feff}"
    let body = text.unicodeScalars.first == byteOrderMark ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...]
    var number = 0
    for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      for word in line.prefix(while: { $0 != "#" }).split(whereSeparator: { $0.properties.isWhitespace }) {
        do { try reader.read(String(word)) } catch { throw TargetFileError(line: number, error: error) }
      }
    }
    return reader.list
  }

  /// Names among the targets, sorted, each once: what the caller resolves.
  package var hostNames: [String] {
    Set(
      expressions.compactMap { expression in
        if case .name(let name, _) = expression { name } else { nil }
      }
    ).sorted()
  }

  package var isEmpty: Bool { expressions.isEmpty }

  package mutating func append(_ other: TargetList) { expressions += other.expressions }

  package func merging(_ other: TargetList) -> TargetList { TargetList(expressions + other.expressions) }

  /// Collects expressions and keeps count of what they cost.
  private struct Reader {
    var list = TargetList()
    var rangeCount = 0

    mutating func read(_ argument: String) throws(ExpressionError) {
      for (expression, offset) in try TargetParser.targets(of: argument) {
        rangeCount += expression.rangeCount
        guard rangeCount <= TargetList.maximumRangeCount else {
          throw ExpressionError(
            .target, expression: argument, offset: offset,
            message: "with this the targets are over \(TargetList.maximumRangeCount) separate ranges; "
              + "name whole networks or split the list")
        }
        list.expressions.append(expression)
      }
    }
  }
}

extension TargetList: CustomStringConvertible {
  /// Canonical text that `parse` reads back: the expressions separated by blanks. (Commas would not do: after a whole
  /// address `,10,11.0.0.1` reads on as an octet list.)
  package var description: String { expressions.map(\.description).joined(separator: " ") }
}
