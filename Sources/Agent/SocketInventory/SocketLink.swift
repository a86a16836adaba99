internal import Glibc

/// The target of a link in `/proc/PID/fd` that stands for a socket: `socket:[12345]` (proc_pid_fd(5)).
enum SocketLink {
  /// The inode of the socket behind a process's descriptor; nil where it is no socket, is closed or may not be read.
  static func inode(ofDescriptor descriptor: Int32, of pid: Int32) -> UInt32? {
    var target: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    return withUnsafeMutableBytes(of: &target) { bytes -> UInt32? in
      guard let base = bytes.baseAddress else { return nil }
      let length = readlink(
        "/proc/\(pid)/fd/\(descriptor)", base.assumingMemoryBound(to: CChar.self), bytes.count)
      guard length > 0 else { return nil }
      return inode(UnsafeRawBufferPointer(bytes)[..<length])
    }
  }

  /// The inode; nil for any other target, and for a number that is none.
  static func inode(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt32? {
    // "socket:[" as the eight bytes it is in memory, on machines of either byte order.
    guard bytes.count > 9, bytes[bytes.startIndex + 8] != 0x5d,
      UInt64(bigEndian: bytes.base.loadUnaligned(fromByteOffset: bytes.startIndex, as: UInt64.self))
        == 0x736f_636b_6574_3a5b
    else { return nil }
    var value: UInt32 = 0
    for byte in bytes.dropFirst(8) {
      guard byte >= 0x30, byte <= 0x39 else { return byte == 0x5d ? value : nil }
      let (product, isOver) = value.multipliedReportingOverflow(by: 10)
      let (sum, isOverAgain) = product.addingReportingOverflow(UInt32(byte - 0x30))
      if isOver || isOverAgain { return nil }
      value = sum
    }
    return nil
  }
}
