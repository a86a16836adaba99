internal import Glibc

/// A file that could not be read, and why.
package struct TextFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kept it from being read.
  package enum Code: Hashable, Sendable {
    /// The system call that failed and its error number.
    case system(call: String, errno: Int32)
    case isDirectory
    case tooLarge(maximumBytes: Int)
    case notUTF8
  }

  /// The path as it was given, `-` for standard input.
  package let path: String
  package let code: Code

  package init(path: String, code: Code) {
    self.path = path
    self.code = code
  }

  package var description: String {
    let name = path == "-" ? "standard input" : path
    switch code {
    case .system(let call, let errno): return "cannot read \(name): \(call): \(String(cString: strerror(errno)))"
    case .isDirectory: return "cannot read \(name): it is a directory"
    case .tooLarge(let bytes): return "cannot read \(name): it is over \(bytes) bytes"
    case .notUTF8: return "cannot read \(name): it is not UTF-8 text"
    }
  }
}
