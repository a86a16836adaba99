import Glibc
import LinuxSystem
import Model

/// A TCP socket on 127.0.0.1 with a port that the kernel chose; gone with its owner.
struct LoopbackSocket: ~Copyable {
  let descriptor: Descriptor
  let port: Port

  /// - Throws: `SystemError` where the machine has no socket left.
  init(isListening: Bool) throws(SystemError) {
    let descriptor = Descriptor(
      owning: try SystemCall.retrying("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    let number = descriptor.number
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    try withUnsafeMutablePointer(to: &address) { pointer throws(SystemError) in
      let raw = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      try SystemCall.retrying("bind") { bind(number, raw, length) }
      if isListening { try SystemCall.retrying("listen") { listen(number, 16) } }
      try SystemCall.retrying("getsockname") { getsockname(number, raw, &length) }
    }
    self.descriptor = descriptor
    port = Port(UInt16(bigEndian: address.sin_port))
  }
}
