internal import LinuxSystem

/// Why a scan's journal cannot be used.
package struct JournalError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The system call that failed and its error number.
    case system(call: String, errno: Int32)
    /// Not a journal at all, or one of a later version.
    case foreign(String)
    /// Something within is not as it was written; what follows it is. Line numbers count from 1, offsets are octets.
    case damaged(line: Int, offset: Int)
    /// Another scan is at work with it.
    case inUse
  }

  package let path: String
  package let code: Code

  package init(path: String, code: Code) {
    self.path = path
    self.code = code
  }

  package var description: String {
    switch code {
    case .system(let call, let errno): "\(call) \(path): \(SystemError.text(of: errno))"
    case .foreign(let reason): "\(path) is not a journal of a scan: \(reason)"
    case .damaged(let line, let offset): "\(path) is damaged at line \(line), offset \(offset); nothing was probed"
    case .inUse: "\(path) is in use by another scan"
    }
  }
}
