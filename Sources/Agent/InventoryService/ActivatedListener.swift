internal import Glibc
package import LinuxSystem

/// The listening socket that systemd hands to a service it starts (sd_listen_fds(3)): descriptors from 3 on, counted by
/// LISTEN_FDS, for the process that LISTEN_PID names.
package enum ActivatedListener {
  /// SD_LISTEN_FDS_START.
  private static let first: Int32 = 3

  /// Takes the one socket over; the variables are taken away, so that no child believes them.
  ///
  /// - Throws: `InventoryServiceError`, `notActivated`, where there is none or it is no listening Unix socket.
  package static func take() throws(InventoryServiceError) -> Descriptor {
    defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
    try check(pid: getpid()) { name in getenv(name).map { String(cString: $0) } }
    guard fcntl(first, F_SETFD, FD_CLOEXEC) == 0 else {
      throw InventoryServiceError(.notActivated, "LISTEN_FDS promises descriptor 3, which is not open")
    }
    guard option(SO_DOMAIN) == AF_UNIX, option(SO_TYPE) == Int32(SOCK_STREAM.rawValue), option(SO_ACCEPTCONN) == 1
    else { throw InventoryServiceError(.notActivated, "descriptor 3 is no listening Unix stream socket") }
    return Descriptor(owning: first)
  }

  /// Whether the variables speak of this process and of one socket. Pure.
  static func check(pid: Int32, _ variable: (String) -> String?) throws(InventoryServiceError) {
    guard let owner = variable("LISTEN_PID"), let count = variable("LISTEN_FDS") else {
      throw InventoryServiceError(
        .notActivated,
        "no socket was handed over (LISTEN_FDS): the service is started by systemd, with periplus-inventory.socket")
    }
    guard Int32(owner) == pid else {
      throw InventoryServiceError(.notActivated, "LISTEN_PID is \(owner), which is another process")
    }
    guard Int(count) == 1 else {
      throw InventoryServiceError(.notActivated, "LISTEN_FDS is \(count): one socket is expected")
    }
  }

  private static func option(_ name: Int32) -> Int32? {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(first, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
  }
}
