/// Product and version out of the words in which a service names itself.
struct ProductText: Hashable {
  var product: String?
  var version: String?

  /// Splits what the fields `Server` and `User-Agent` (RFC 9110, 10.2.4) and their likes hold: `nginx/1.22.1`,
  /// `kamailio (5.6.3 (x86_64/linux))`, `OpenSSH_9.2p1`, `squid`. The product is the wire's own word.
  init(words: ArraySlice<UInt8>) {
    let text = Octets.trimmed(words).prefix(WireText.fieldLimit)
    let end = text.firstIndex { $0 == 0x20 || $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: ";") } ?? text.endIndex
    let word = text[..<end]
    if let (name, version) = Self.split(word) {
      product = WireText.field(name)
      self.version = WireText.field(version)
      return
    }
    product = WireText.field(word)
    // The number may follow in words of its own, in parentheses or not.
    let rest = text[end...].drop { $0 == 0x20 || $0 == UInt8(ascii: "(") }
    if let version = Self.version(rest) { self.version = WireText.field(version) }
  }

  init(product: String?, version: String?) {
    self.product = product
    self.version = version
  }

  /// `name`, one of `/_-` and a number.
  private static func split(_ word: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
    for index in word.indices.dropFirst() where "/_-".utf8.contains(word[index]) {
      var rest = word[(index + 1)...]
      if rest.first == UInt8(ascii: "v") { rest = rest.dropFirst() }
      if let version = version(rest) { return (word[..<index], version) }
    }
    return nil
  }

  /// The longest version at the start: a digit, then letters, digits and `.+~-_:`, ending in a letter or digit.
  static func version(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let first = text.first, Octets.isDigit(first) else { return nil }
    var version = text.prefix { Octets.isLetterOrDigit($0) || ".+~-_:".utf8.contains($0) }
    while let last = version.last, !Octets.isLetterOrDigit(last) { version = version.dropLast() }
    return version
  }
}
