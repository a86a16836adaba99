internal import Glibc

/// A file that is there whole or not at all: it is written beside its place under a temporary name and renamed at the end.
///
/// Not for several threads; every call may block as the file system does.
package final class ReplacedFile {
  package let path: String
  private let temporaryPath: String
  package let descriptor: Int32
  private var isOver = false

  /// Makes the temporary file. A file that is replaced hands on its permissions.
  ///
  /// - Throws: `ReportError` where something else than a file has the name, or the folder cannot be written.
  package init(_ path: String) throws(ReportError) {
    var status = stat()
    let exists = lstat(path, &status) == 0
    guard !exists || status.st_mode & S_IFMT == S_IFREG else { throw ReportError(path: path, code: .notAFile) }
    self.path = path
    temporaryPath = "\(path).part-\(getpid())"
    let number = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard number >= 0 else { throw ReportError(path: path, code: .system(call: "open", errno: errno)) }
    descriptor = number
    guard !exists || fchmod(descriptor, status.st_mode & 0o7777) == 0 else {
      throw ReportError(path: path, code: .system(call: "fchmod", errno: errno))
    }
  }

  /// Takes the temporary file away unless it was committed.
  deinit {
    if !isOver {
      close(descriptor)
      unlink(temporaryPath)
    }
  }

  /// Brings what was written to the disk and gives it its name.
  ///
  /// - Throws: `ReportError`; then the temporary file is gone when this object is.
  package func commit() throws(ReportError) {
    guard fsync(descriptor) == 0 else { throw ReportError(path: path, code: .system(call: "fsync", errno: errno)) }
    guard rename(temporaryPath, path) == 0 else {
      throw ReportError(path: path, code: .system(call: "rename", errno: errno))
    }
    isOver = true
    guard close(descriptor) == 0 else { throw ReportError(path: path, code: .system(call: "close", errno: errno)) }
  }
}
