internal import Glibc

/// Output in large pieces: a listing may be millions of lines.
///
/// Not safe for several threads. What is written after a failure is dropped; `finish` tells of the first one.
package final class BufferedOutput {
  /// Why output could not be written.
  package struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    package let errno: Int32

    /// The reader went away: an end, not a fault.
    package var isBrokenPipe: Bool { errno == EPIPE }

    package var description: String { "cannot write the output: \(String(cString: strerror(errno)))" }
  }

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private static let size = 1 << 16

  /// The first failure; a loop that writes much looks here now and then and stops.
  package private(set) var failure: Failure?

  /// The descriptor stays the caller's.
  package init(descriptor: Int32 = STDOUT_FILENO) {
    self.descriptor = descriptor
    buffer.reserveCapacity(Self.size + 4096)
  }

  /// Blocks when the buffer is full and the reader is slow.
  package func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.size { flush() }
  }

  /// Lets `append` add octets to the buffer; blocks as `write` does.
  package func write(appending append: (inout [UInt8]) -> Void) {
    append(&buffer)
    if buffer.count >= Self.size { flush() }
  }

  /// Writes what is left.
  package func finish() throws(Failure) {
    flush()
    if let failure { throw failure }
  }

  /// Writes what waits, so that a reader sees it now; blocks as `write` does.
  package func flush() {
    defer { buffer.removeAll(keepingCapacity: true) }
    guard failure == nil else { return }
    var start = 0
    while start < buffer.count {
      let count = buffer.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if count >= 0 {
        start += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        // Somebody who shares the terminal made it non-blocking.
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      default:
        failure = Failure(errno: errno)
        return
      }
    }
  }
}
