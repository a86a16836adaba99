internal import Glibc
internal import LocalSystem

/// Rows that wait on the disk for what comes before them: a nameless file beside the report.
final class ReportSpool {
  private let path: String
  private let descriptor: Int32
  private let output: BufferedOutput

  /// `path` is that of the report; the folder must have room for it twice. Throws a `ReportError`.
  init(beside path: String) throws(ReportError) {
    self.path = path
    let name = "\(path).rows-\(getpid())"
    descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ReportError(path: path, code: .system(call: "open", errno: errno)) }
    // It goes when its descriptor does.
    unlink(name)
    output = BufferedOutput(descriptor: descriptor)
  }

  deinit { close(descriptor) }

  func write(_ text: String) throws(ReportError) {
    output.write(text)
    if let failure = output.failure {
      throw ReportError(path: path, code: .system(call: "write", errno: failure.errno))
    }
  }

  /// Hands over all that was written, in pieces.
  func read(_ body: (UnsafeRawBufferPointer) throws(ReportError) -> Void) throws(ReportError) {
    output.flush()
    if let failure = output.failure {
      throw ReportError(path: path, code: .system(call: "write", errno: failure.errno))
    }
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw ReportError(path: path, code: .system(call: "lseek", errno: errno))
    }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { piece.deallocate() }
    while true {
      let count = Glibc.read(descriptor, piece.baseAddress, piece.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw ReportError(path: path, code: .system(call: "read", errno: errno))
      }
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: piece[..<count]))
    }
  }
}
