internal import Gzip

/// How far the spool has come, and what it has lost.
///
/// | offset | octets | field (least significant octet first) |
/// |---|---|---|
/// | 0 | 4 | `F5 50 70 6D` |
/// | 4 | 4 | zero |
/// | 8 | 8 | how often the mark was written |
/// | 16 | 8 | records with this number and lower ones are done with |
/// | 24 | 8 | the number that the next record gets |
/// | 32 | 8 | lost records |
/// | 40 | 8 | lost octets |
/// | 48 | 4 | CRC-32 of the 48 octets before |
struct SpoolMark: Equatable {
  static let size = 52
  private static let mark: [UInt8] = [0xf5, 0x50, 0x70, 0x6d]

  var version: UInt64 = 0
  var passed: UInt64 = 0
  var next: UInt64 = 1
  var lostRecords = 0
  var lostBytes = 0

  init() {}

  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.size, bytes.prefix(4).elementsEqual(Self.mark),
      LittleEndian.value(bytes, at: 48) == Checksum.crc32(bytes[..<48])
    else { return nil }
    version = LittleEndian.value(bytes, at: 8)
    passed = LittleEndian.value(bytes, at: 16)
    next = LittleEndian.value(bytes, at: 24)
    let records: UInt64 = LittleEndian.value(bytes, at: 32)
    let octets: UInt64 = LittleEndian.value(bytes, at: 40)
    lostRecords = Int(clamping: records)
    lostBytes = Int(clamping: octets)
    guard passed < next else { return nil }
  }

  var encoded: [UInt8] {
    var bytes = Self.mark + [0, 0, 0, 0]
    LittleEndian.append(version, to: &bytes)
    LittleEndian.append(passed, to: &bytes)
    LittleEndian.append(next, to: &bytes)
    LittleEndian.append(UInt64(lostRecords), to: &bytes)
    LittleEndian.append(UInt64(lostBytes), to: &bytes)
    LittleEndian.append(Checksum.crc32(bytes), to: &bytes)
    return bytes
  }
}
