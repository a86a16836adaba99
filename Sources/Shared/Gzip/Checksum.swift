internal import CZlib

/// CRC-32 as gzip has it (RFC 1952, 8), by zlib.
package enum Checksum {
  package static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let whole = Array(bytes)
    return whole.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
  }
}
