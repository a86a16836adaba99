internal import Glibc

/// Standard output and standard error: data goes to the one, messages to the other.
package enum StandardStream: Sendable {
  case output
  case error

  private var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }

  package var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Columns of the terminal; nil where the stream is none.
  package var terminalWidth: Int? {
    guard isTerminal else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes all of the text; blocks as write(2) does. A reader that has gone away ends the process by SIGPIPE, as for
  /// every other filter; other failures are not reported, because there is nowhere to report them to.
  package func write(_ text: String) {
    var text = text
    text.withUTF8 { octets in
      var rest = octets[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR {
          return
        }
      }
    }
  }

  /// Writes a line.
  package func print(_ line: String) { write(line + "\n") }
}

extension Slice where Base == UnsafeBufferPointer<UInt8> {
  fileprivate var baseAddress: UnsafePointer<UInt8>? { UnsafeBufferPointer(rebasing: self).baseAddress }
}
