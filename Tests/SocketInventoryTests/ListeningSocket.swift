import Glibc
import LinuxSystem
import Model

/// A TCP socket of this process that listens on a loopback port of the kernel's choice until it is let go of.
final class ListeningSocket {
  let descriptor: Descriptor
  let port: Port

  init() throws {
    let descriptor = Descriptor(
      owning: try SystemCall.retrying("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let number = descriptor.number
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    try withUnsafeMutablePointer(to: &address) { pointer in
      let raw = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      try SystemCall.retrying("bind") { bind(number, raw, length) }
      try SystemCall.retrying("listen") { listen(number, 7) }
      try SystemCall.retrying("getsockname") { getsockname(number, raw, &length) }
    }
    self.descriptor = descriptor
    port = Port(UInt16(bigEndian: address.sin_port))
  }
}
