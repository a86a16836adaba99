internal import Glibc

/// A path as the address of a Unix socket (unix(7)).
struct LocalAddress {
  private var address = sockaddr_un()

  /// Nil for a path that is empty, too long (107 octets) or holds a zero.
  init?(path: String) {
    let octets = Array(path.utf8)
    guard !octets.isEmpty, !octets.contains(0), octets.count < MemoryLayout.size(ofValue: address.sun_path) else {
      return nil
    }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: octets) }
  }

  /// Hands the address to bind(2) or connect(2).
  func call(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32) -> Int32 {
    withUnsafeBytes(of: address) { bytes in
      body(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
  }
}
