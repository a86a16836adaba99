internal import Glibc

/// Finds the sound records of a segment. What lies between them is passed over octet by octet until a header fits again:
/// neither a damaged length nor a hole takes the records behind it along.
enum SegmentScan {
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - first: no record of the file has a lower number.
  /// - Returns: the records' places, by rising numbers.
  static func entries(_ bytes: [UInt8], from first: UInt64) -> [SegmentEntry] {
    bytes.withUnsafeBytes { bytes in
      var entries: [SegmentEntry] = []
      var lowest = first
      var offset = 0
      while let start = nextMark(in: bytes, from: offset) {
        if let entry = entry(bytes, at: start, lowest: lowest) {
          entries.append(entry)
          lowest = entry.number + 1
          offset = entry.end
        } else {
          offset = start + 1
        }
      }
      return entries
    }
  }

  private static func entry(_ bytes: UnsafeRawBufferPointer, at offset: Int, lowest: UInt64) -> SegmentEntry? {
    guard let header = RecordHeader(bytes, at: offset), header.number >= lowest, header.number < .max else {
      return nil
    }
    let begin = offset + RecordHeader.size
    guard bytes.count - begin >= header.payloadLength, header.fits(bytes[begin..<begin + header.payloadLength]) else {
      return nil
    }
    return SegmentEntry(
      offset: offset, length: RecordHeader.size + header.payloadLength, number: header.number, time: header.time)
  }

  /// Where the next octet lies that may begin a header.
  private static func nextMark(in bytes: UnsafeRawBufferPointer, from offset: Int) -> Int? {
    guard let base = bytes.baseAddress, bytes.count - offset >= RecordHeader.size,
      let found = memchr(base + offset, Int32(RecordHeader.mark[0]), bytes.count - offset)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }
}
