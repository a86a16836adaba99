internal import Glibc

/// A system call that failed, with its name and the errno it left.
package struct SystemError: Error, Hashable, Sendable {
  /// The call as its manual page names it, with what it was called on where that helps the reader: `open /proc/7/fd`.
  package let call: String

  /// The errno, captured before anything else could change it.
  package let errno: Int32

  package init(call: String, errno: Int32) {
    self.call = call
    self.errno = errno
  }
}

extension SystemError: CustomStringConvertible {
  /// `connect: Connection refused (errno 111)`.
  package var description: String { "\(call): \(Self.text(of: errno)) (errno \(errno))" }

  /// The system's words for an errno; never blocks, safe on any thread (strerror_r(3)).
  package static func text(of errno: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let base = buffer.baseAddress, strerror_r(errno, base, buffer.count) == 0 else { return "unknown error" }
      return String(cString: base)
    }
  }
}
