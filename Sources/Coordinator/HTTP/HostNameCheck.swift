internal import CoordinatorCore
internal import Model

/// Names of hosts as requests say them.
enum HostNameCheck {
  /// The name in lower case: names compare without regard to it (RFC 4343). Throws a `Refusal` that points at it.
  static func checked(_ name: String, at pointer: String) throws -> String {
    guard HostNameText.isName(name) else {
      throw Refusal(
        .invalidValue, "1 to \(HostNameText.longest) printable ASCII characters without blanks are expected",
        at: pointer)
    }
    return name.lowercased()
  }
}
