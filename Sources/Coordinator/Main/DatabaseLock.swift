internal import Glibc

/// Keeps a second coordinator off a database: two would grant the same work twice. The kernel lets go of it when the
/// process ends, however it ends (flock(2)).
final class DatabaseLock: Sendable {
  private let descriptor: Int32

  /// Throws a `StartError` if another process holds the lock or the file cannot be made.
  init(database: String) throws {
    let path = database + ".lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StartError(
        "\(path) cannot be opened: \(String(cString: strerror(errno))); name another place with --database")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw StartError("\(database) is in use by another coordinator")
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
