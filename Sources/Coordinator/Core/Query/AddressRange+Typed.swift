package import Model

extension AddressRange {
  /// `10.0.0.5`, `10.0.0.0/24` or `10.0.0.1-10.0.0.9`; nil for anything else.
  package init?(typed typedText: some StringProtocol) {
    let text = Substring(typedText)
    if let address = IPAddress(text) {
      self.init(address)
      return
    }
    if let slash = text.firstIndex(of: "/") {
      guard let address = IPAddress(text[..<slash]), let length = Int(text[text.index(after: slash)...]),
        (0...address.family.bitWidth).contains(length)
      else { return nil }
      self.init(network: address, prefixLength: length)
      return
    }
    let ends = text.split(separator: "-")
    guard ends.count == 2, let first = IPAddress(ends[0]), let last = IPAddress(ends[1]), first.family == last.family,
      first <= last
    else { return nil }
    self.init(first, last)
  }
}
