internal import Gzip

/// A line of a journal: the CRC-32 of a text in eight hexadecimal digits, a blank, the text.
enum JournalLine {
  static func text(_ payload: String) -> String { head(Checksum.crc32(payload.utf8)) + payload + "\n" }

  /// The text of a line that is given without its line break; nil where the checksum is not its own.
  static func payload(_ line: ArraySlice<UInt8>) -> String? {
    let rest = line.dropFirst(headLength)
    guard line.prefix(headLength).elementsEqual(head(Checksum.crc32(rest)).utf8) else { return nil }
    return String(decoding: rest, as: UTF8.self)
  }

  private static let headLength = 9

  private static func head(_ checksum: UInt32) -> String {
    let digits = String(checksum, radix: 16)
    return String(repeating: "0", count: headLength - 1 - digits.count) + digits + " "
  }
}
