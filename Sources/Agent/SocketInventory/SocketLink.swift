/// The target of a link in `/proc/PID/fd` that stands for a socket: `socket:[12345]` (proc_pid_fd(5)).
enum SocketLink {
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
