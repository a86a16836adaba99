internal import Glibc
internal import LinuxSystem

/// The system's part of a journal: files that are locked, whole, and on the disk.
enum JournalFile {
  /// Carries a descriptor out of calls whose results cannot hold what cannot be copied.
  final class Opened {
    private var descriptor: Descriptor?

    init(_ descriptor: consuming Descriptor) { self.descriptor = consume descriptor }

    /// - Precondition: called once.
    func take() -> Descriptor {
      guard let taken = descriptor.take() else { preconditionFailure("a descriptor has one owner") }
      return taken
    }

    var number: Int32 { descriptor?.number ?? -1 }
  }

  /// Opens a journal for appending, for this process alone.
  static func openLocked(_ path: String) throws(JournalError) -> Opened {
    do throws(SystemError) {
      let file = Opened(
        Descriptor(
          owning: try SystemCall.retrying("open") { Glibc.open(path, O_RDWR | O_APPEND | O_CLOEXEC) }))
      try lock(file.number)
      return file
    } catch {
      throw JournalError(
        path: path, code: error.errno == EWOULDBLOCK ? .inUse : .system(call: error.call, errno: error.errno))
    }
  }

  /// Puts a file with this text in the place of `path`: whole on the disk before it is seen.
  static func replace(_ path: String, with text: String) throws(JournalError) -> Opened {
    let draft = path + ".new"
    // What a compaction that was cut off left behind; never a link that somebody put there.
    unlink(draft)
    do throws(SystemError) {
      let file = Opened(
        Descriptor(
          owning: try SystemCall.retrying("create") {
            Glibc.open(draft, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
          }))
      try lock(file.number)
      try write(text, to: file.number)
      try SystemCall.retrying("fsync") { fsync(file.number) }
      try SystemCall.retrying("rename") { rename(draft, path) }
      syncFolder(of: path)
      return file
    } catch {
      unlink(draft)
      throw JournalError(path: path, code: .system(call: error.call, errno: error.errno))
    }
  }

  /// Writes all of a text; blocks.
  static func write(_ text: String, to descriptor: Int32) throws(SystemError) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      start += try SystemCall.retrying("write") {
        bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start) }
      }
    }
  }

  private static func lock(_ descriptor: Int32) throws(SystemError) {
    try SystemCall.retrying("flock") { flock(descriptor, LOCK_EX | LOCK_NB) }
  }

  /// A new name is on the disk when its folder is (fsync(2)); a file system that cannot say so does it its own way.
  private static func syncFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard let directory = try? Descriptor.open(folder, flags: O_RDONLY | O_DIRECTORY) else { return }
    _ = fsync(directory.number)
  }
}
