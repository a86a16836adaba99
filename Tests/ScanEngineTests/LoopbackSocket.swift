import CLinux
import Glibc
import LinuxSystem
import Model

@testable import ScanEngine

/// A TCP or UDP socket bound to a loopback address on a port that the kernel chose; gone with its owner.
struct LoopbackSocket: ~Copyable {
  let descriptor: Descriptor
  let port: Port

  init(_ address: IPAddress = .ipv4Loopback, type: __socket_type = SOCK_STREAM, isListening: Bool = true) throws {
    let domain = address.family == .ipv4 ? AF_INET : AF_INET6
    let descriptor = Descriptor(
      owning: try SystemCall.retrying("socket") {
        socket(domain, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
      })
    let number = descriptor.number
    var raw = TargetAddress.make(address, port: 0, scope: 0)
    var length = TargetAddress.length(raw)
    try TargetAddress.withPointer(to: &raw) { pointer throws(SystemError) in
      try SystemCall.retrying("bind") { bind(number, pointer, length) }
      if isListening, type == SOCK_STREAM { try SystemCall.retrying("listen") { listen(number, 4096) } }
      try SystemCall.retrying("getsockname") { getsockname(number, pointer, &length) }
    }
    self.descriptor = descriptor
    port = Port(UInt16(bigEndian: address.family == .ipv4 ? raw.v4.sin_port : raw.v6.sin6_port))
  }
}
