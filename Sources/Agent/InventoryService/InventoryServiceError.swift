/// Why the inventory service gave no sample, or could not begin.
package struct InventoryServiceError: Error, Hashable, Sendable {
  package enum Code: Hashable, Sendable {
    /// The socket that systemd should hand over is not there, or is of another kind.
    case notActivated

    /// The other end does not answer in time, went away, or the system refused.
    case failed

    /// The other end answered what is no answer.
    case nonsense

    /// The service refuses: this user, this version.
    case refused
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension InventoryServiceError: CustomStringConvertible {
  package var description: String { message }
}
