internal import Glibc

/// An open file descriptor with exactly one owner; it closes when its owner lets go of it.
package struct Descriptor: ~Copyable, Sendable {
  /// The number, valid as long as the owner lives.
  package let number: Int32

  /// Takes over a number that a system call just returned.
  ///
  /// - Precondition: `number` is open and nobody else will close it.
  package init(owning number: Int32) {
    precondition(number >= 0, "a descriptor is never negative")
    self.number = number
  }

  /// Lets go of the descriptor without closing it: the caller closes it.
  package consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }

  // close(2): on Linux the descriptor is released whatever close returns, so its result is not looked at and it is never
  // repeated: a second close could hit a descriptor that another thread has opened meanwhile.
  deinit { _ = Glibc.close(number) }

  /// Opens a file or directory; `flags` are those of open(2), O_CLOEXEC is always added.
  ///
  /// - Throws: `SystemError` with the path in its call.
  package static func open(_ path: String, flags: Int32) throws(SystemError) -> Descriptor {
    Descriptor(owning: try SystemCall.retrying("open \(path)") { Glibc.open(path, flags | O_CLOEXEC) })
  }

  /// Opens `path` relative to this directory, see `open(_:flags:)`.
  package func open(_ path: String, flags: Int32) throws(SystemError) -> Descriptor {
    Descriptor(owning: try SystemCall.retrying("open \(path)") { Glibc.openat(number, path, flags | O_CLOEXEC) })
  }

  /// Reads from the start of a file until its end or `limit` bytes, whichever comes first.
  package func contents(limit: Int) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(limit, 4096))
    while bytes.count < limit {
      let count = try SystemCall.retrying("read") { Glibc.read(number, &chunk, min(chunk.count, limit - bytes.count)) }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// Where the symbolic link `path` points, relative to this directory (readlinkat(2)); cut at 4,096 bytes.
  package func linkTarget(_ path: String) throws(SystemError) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = try SystemCall.retrying("readlink \(path)") { Glibc.readlinkat(number, path, &buffer, buffer.count) }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
