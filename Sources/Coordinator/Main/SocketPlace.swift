internal import Glibc

/// The path of the coordinator's own Unix socket.
enum SocketPlace {
  /// What sun_path holds, less its terminating zero (unix(7)).
  private static let longestPath = 107

  /// Removes a socket that a crashed coordinator left behind. Anything else at the path is not touched.
  ///
  /// Throws a `StartError` if something answers there, if it is no socket, or if the path is too long.
  static func prepare(_ path: String) throws {
    guard path.utf8.count <= longestPath else {
      throw StartError(
        "the socket path has \(path.utf8.count) bytes, at most \(longestPath) fit; name another with --socket")
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw StartError("\(path) is there and is not a socket; name another with --socket")
    }
    guard !isAnswering(path) else { throw StartError("another coordinator answers at \(path)") }
    unlink(path)
  }

  private static func isAnswering(_ path: String) -> Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }
}
