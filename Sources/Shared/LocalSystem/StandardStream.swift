internal import Glibc

/// Standard output and standard error: data goes to the one, messages to the other.
package enum StandardStream: Sendable {
  case output
  case error

  private var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }

  package var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Columns of the terminal; nil where the stream is none.
  package var terminalWidth: Int? { Terminal.width(of: descriptor) }

  /// Writes all of a message; blocks as write(2) does. What cannot be written is dropped: there is nowhere to say so.
  package func write(_ text: String) {
    let output = BufferedOutput(descriptor: descriptor)
    output.write(text)
    try? output.finish()
  }

  /// Writes a line.
  package func print(_ line: String) { write(line + "\n") }
}
