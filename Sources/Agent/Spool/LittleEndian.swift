/// Integers in the spool's files, least significant octet first.
enum LittleEndian {
  static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  /// - Precondition: the octets are there.
  static func value<Value: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Value {
    Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}
