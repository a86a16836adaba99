/// What a name server says an address is called.
package enum HostNameAnswer: Hashable, Sendable {
  case name(String)
  /// The address has no name.
  case noName
  /// No answer, or none that can be used: nothing is known.
  case unknown
}

extension HostNameAnswer {
  package var name: String? {
    if case .name(let name) = self { return name }
    return nil
  }
}
