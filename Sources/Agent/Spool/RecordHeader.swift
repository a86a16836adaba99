internal import Gzip
internal import Model

/// What stands before each payload. A checksum of its own makes a header recognisable wherever it lies, so that reading
/// finds the next record behind a damaged one.
///
/// | offset | octets | field (least significant octet first) |
/// |---|---|---|
/// | 0 | 4 | `F5 50 70 31`: F5 occurs in no UTF-8 text (RFC 3629, 1) |
/// | 4 | 4 | length of the payload |
/// | 8 | 8 | number |
/// | 16 | 8 | milliseconds since 1970 |
/// | 24 | 1 | kind |
/// | 25 | 3 | zero |
/// | 28 | 4 | CRC-32 of the payload |
/// | 32 | 4 | CRC-32 of the 32 octets before |
struct RecordHeader: Equatable {
  static let size = 36
  static let mark: [UInt8] = [0xf5, 0x50, 0x70, 0x31]

  let number: UInt64
  let kind: UInt8
  let time: Timestamp
  let payloadLength: Int
  let payloadChecksum: UInt32

  init(number: UInt64, kind: UInt8, time: Timestamp, payload: [UInt8]) {
    self.number = number
    self.kind = kind
    self.time = time
    payloadLength = payload.count
    payloadChecksum = Checksum.crc32(payload)
  }

  /// Reads the header at `offset`; nil where there is none, or a damaged one.
  init?(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    guard offset >= 0, bytes.count - offset >= Self.size,
      bytes[offset..<offset + Self.mark.count].elementsEqual(Self.mark),
      LittleEndian.value(bytes, at: offset + 32) == Checksum.crc32(bytes[offset..<offset + 32])
    else { return nil }
    let length: UInt32 = LittleEndian.value(bytes, at: offset + 4)
    payloadLength = Int(length)
    number = LittleEndian.value(bytes, at: offset + 8)
    time = Timestamp(milliseconds: LittleEndian.value(bytes, at: offset + 16))
    kind = bytes[offset + 24]
    payloadChecksum = LittleEndian.value(bytes, at: offset + 28)
  }

  /// Whether the payload is what was written.
  func fits(_ payload: some Sequence<UInt8>) -> Bool { Checksum.crc32(payload) == payloadChecksum }

  /// The record as it lies in the file.
  func encoded(with payload: [UInt8]) -> [UInt8] {
    var bytes = Self.mark
    bytes.reserveCapacity(Self.size + payload.count)
    LittleEndian.append(UInt32(payloadLength), to: &bytes)
    LittleEndian.append(number, to: &bytes)
    LittleEndian.append(time.milliseconds, to: &bytes)
    bytes += [kind, 0, 0, 0]
    LittleEndian.append(payloadChecksum, to: &bytes)
    LittleEndian.append(Checksum.crc32(bytes), to: &bytes)
    return bytes + payload
  }
}
