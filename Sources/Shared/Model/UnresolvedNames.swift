/// Host names among the targets that no address was given for.
package struct UnresolvedNames: Error, Equatable, Sendable, CustomStringConvertible {
  /// Sorted, each once, never empty.
  package let names: [String]

  package init(names: [String]) { self.names = names }

  package var description: String {
    "cannot resolve \(names.joined(separator: ", ")): check the spelling or give the address"
  }
}
