internal import Glibc

/// A report that could not be written.
package struct ReportError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Equatable, Sendable {
    /// The file is there and is a folder, a device or a link: to put a report in its place would take it away.
    case notAFile
    /// A system call failed.
    case system(call: String, errno: Int32)
  }

  package let path: String
  package let code: Code

  package var description: String {
    switch code {
    case .notAFile: "\(path) is no regular file: name a file that may be made or replaced"
    case .system(let call, let errno): "cannot write \(path): \(call): \(String(cString: strerror(errno)))"
    }
  }
}
