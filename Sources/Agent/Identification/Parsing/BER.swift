/// Elements of the Basic Encoding Rules (X.690, 8.1) with tags of one octet and definite lengths, as LDAP uses them.
enum BER {
  struct Element {
    let tag: UInt8
    let content: ArraySlice<UInt8>
  }

  /// Takes one whole element off the front; nil, with the reader where it was, for one that is cut short or malformed.
  static func element(_ reader: inout ByteReader) -> Element? {
    var trial = reader
    guard let tag = trial.octet(), tag & 0x1f != 0x1f, let first = trial.octet() else { return nil }
    var length = Int(first)
    if first >= 0x80 {
      guard (0x81...0x84).contains(first), let long = trial.number(Int(first & 0x7f)) else { return nil }
      length = long
    }
    guard let content = trial.take(length) else { return nil }
    reader = trial
    return Element(tag: tag, content: content)
  }

  /// Whether more octets could make a message of LDAP out of these.
  static func couldContinue(_ octets: ArraySlice<UInt8>) -> Bool {
    guard let tag = octets.first else { return true }
    guard tag == 0x30 else { return false }
    guard let length = octets.dropFirst().first else { return true }
    return length < 0x80 || (0x81...0x84).contains(length)
  }

  static func encoded(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    content.count < 0x80
      ? [tag, UInt8(content.count)] + content
      : [tag, 0x82] + BigEndian.two(content.count) + content
  }
}
