extension IPAddress {
  /// Appends the canonical text as ASCII octets; for IPv4 without making a string, since lists of addresses are long.
  package func appendText(to bytes: inout [UInt8]) {
    guard family == .ipv4 else {
      bytes.append(contentsOf: description.utf8)
      return
    }
    let number = UInt32(truncatingIfNeeded: value)
    for shift: UInt32 in [24, 16, 8, 0] {
      let octet = UInt8(truncatingIfNeeded: number >> shift)
      if octet >= 100 { bytes.append(0x30 + octet / 100) }
      if octet >= 10 { bytes.append(0x30 + octet / 10 % 10) }
      bytes.append(0x30 + octet % 10)
      if shift > 0 { bytes.append(UInt8(ascii: ".")) }
    }
  }
}
