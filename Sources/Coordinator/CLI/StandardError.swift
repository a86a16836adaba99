internal import Glibc

/// Messages go to standard error, so that standard output is data alone.
package enum StandardError {
  package static func print(_ line: String) { write(line + "\n") }

  /// Writes text as it is; blocks as write(2) does.
  package static func write(_ text: String) {
    fputs(text, stderr)
    fflush(stderr)
  }

  /// Progress is shown only to a person.
  package static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
