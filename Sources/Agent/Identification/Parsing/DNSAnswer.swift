/// An answer of DNS (RFC 1035, 4.1) behind the length that TCP gives it, read for texts alone.
struct DNSAnswer {
  /// The first string of each TXT record, at most 32.
  private(set) var texts: [ArraySlice<UInt8>] = []

  /// nil for what is not an answer to question `id`, or not whole yet.
  init?(_ octets: ArraySlice<UInt8>, id: Int) {
    var outer = ByteReader(octets)
    guard let message = outer.run(lengthOctets: 2) else { return nil }
    var reader = ByteReader(message)
    guard reader.number(2) == id, let flags = reader.number(2), flags & 0x8000 != 0, let questions = reader.number(2),
      let answers = reader.number(2), reader.skip(4), questions <= 1
    else { return nil }
    for _ in 0..<questions {
      guard Self.skipName(&reader), reader.skip(4) else { return }
    }
    for _ in 0..<min(answers, 32) {
      guard Self.skipName(&reader), let type = reader.number(2), reader.skip(6), let data = reader.run(lengthOctets: 2)
      else { return }
      var fields = ByteReader(data)
      if type == 16, let text = fields.run(lengthOctets: 1) { texts.append(text) }
    }
  }

  /// Whether more octets could make these an answer.
  static func couldBegin(_ octets: ArraySlice<UInt8>, id: Int) -> Bool {
    var reader = ByteReader(octets)
    guard let length = reader.number(2) else { return true }
    guard (12...4096).contains(length) else { return false }
    guard let found = reader.number(2) else { return true }
    guard found == id else { return false }
    return reader.number(2).map { $0 & 0x8000 != 0 } ?? true
  }

  /// Skips labels up to the root or a pointer (RFC 1035, 4.1.4), which is never followed.
  private static func skipName(_ reader: inout ByteReader) -> Bool {
    while let length = reader.octet() {
      if length == 0 { return true }
      if length & 0xc0 == 0xc0 { return reader.skip(1) }
      guard length < 64, reader.skip(Int(length)) else { return false }
    }
    return false
  }
}
