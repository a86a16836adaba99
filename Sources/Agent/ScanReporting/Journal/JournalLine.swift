internal import Gzip

/// A line of a journal: the CRC-32 of a text in eight hexadecimal digits, a blank, the text.
enum JournalLine {
  static func text(_ payload: String) -> String {
    let digits = String(Checksum.crc32(payload.utf8), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits + " " + payload + "\n"
  }

  /// The text of a line that is given without its line break; nil where the checksum is not its own.
  static func payload(_ line: ArraySlice<UInt8>) -> String? {
    let head = line.prefix(9)
    guard head.count == 9, head.last == UInt8(ascii: " "),
      let sum = UInt32(String(decoding: head.dropLast(), as: UTF8.self), radix: 16)
    else { return nil }
    let rest = line.dropFirst(9)
    guard Checksum.crc32(rest) == sum else { return nil }
    return String(decoding: rest, as: UTF8.self)
  }
}
