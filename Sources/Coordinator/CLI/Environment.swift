internal import Glibc

/// The process's environment.
package enum Environment {
  /// Nil where the variable is not set or empty.
  package static func text(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}
