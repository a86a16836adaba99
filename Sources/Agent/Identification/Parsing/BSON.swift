/// Documents of BSON (bsonspec.org), read one level deep.
enum BSON {
  /// The value of the first text member `name`; members of types whose length is not known end the search.
  static func text(_ name: String, in document: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var reader = ByteReader(document)
    guard reader.skip(4) else { return nil }
    while let type = reader.octet(), type != 0, let key = reader.zeroTerminated() {
      switch type {
      case 0x02:
        guard let length = reader.littleEndian(4), let value = reader.take(length) else { return nil }
        if key.elementsEqual(name.utf8) { return value.dropLast() }
      // Documents and arrays begin with their own length, which counts itself.
      case 0x03, 0x04:
        guard let length = reader.littleEndian(4), reader.skip(length - 4) else { return nil }
      case 0x05:
        guard let length = reader.littleEndian(4), reader.skip(length + 1) else { return nil }
      case 0x07: if !reader.skip(12) { return nil }
      case 0x08: if !reader.skip(1) { return nil }
      case 0x0a: break
      case 0x10: if !reader.skip(4) { return nil }
      case 0x01, 0x09, 0x11, 0x12: if !reader.skip(8) { return nil }
      default: return nil
      }
    }
    return nil
  }

  /// Four octets, least significant first.
  static func number(_ number: Int) -> [UInt8] { BigEndian.four(number).reversed() }
}
