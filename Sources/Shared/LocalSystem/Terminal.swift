internal import Glibc

/// The terminal behind a descriptor.
package enum Terminal {
  /// Columns of the terminal on `descriptor`; nil where it is none, as in a pipe. 80 where a terminal does not say.
  package static func width(of descriptor: Int32 = STDOUT_FILENO) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
