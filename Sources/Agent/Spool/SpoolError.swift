internal import Glibc
package import LinuxSystem

/// Why the spool cannot do what was asked. What it holds stays readable.
package struct SpoolError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The disk, or the user's share of it, is used up (ENOSPC, EDQUOT).
    case full
    /// Another process works with the folder.
    case inUse
    /// The record alone is larger than the spool may be.
    case tooLarge(bytes: Int)
    /// Any other failed call: a folder that may not be written, a failing disk.
    case system
  }

  /// The folder.
  package let path: String
  package let code: Code
  /// The call that failed; nil for `inUse` and `tooLarge`.
  package let cause: SystemError?

  package init(path: String, code: Code, cause: SystemError? = nil) {
    self.path = path
    self.code = code
    self.cause = cause
  }

  init(path: String, _ cause: SystemError) {
    self.init(path: path, code: [ENOSPC, EDQUOT].contains(cause.errno) ? .full : .system, cause: cause)
  }

  package var description: String {
    switch code {
    case .inUse: "the spool \(path) is in use by another agent"
    case .tooLarge(let bytes): "the spool \(path) has no room for \(bytes) bytes, whatever else it holds"
    case .full, .system: "the spool \(path): \(cause?.description ?? "it failed")"
    }
  }
}
