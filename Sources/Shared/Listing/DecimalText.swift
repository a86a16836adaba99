/// Numbers as decimal digits in UTF-8: listings have millions, and a `String` for each costs more than its digits.
package enum DecimalText {
  package static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    // Eight digits fit into a word, the last one in its highest octet.
    var (rest, digits, count) = (number, UInt64(0), 0)
    while rest > 0 || count == 0 {
      if count == 8 {
        append(rest, to: &bytes)
        break
      }
      digits = digits << 8 | (0x30 + rest % 10)
      rest /= 10
      count += 1
    }
    for _ in 0..<count {
      bytes.append(UInt8(truncatingIfNeeded: digits))
      digits >>= 8
    }
  }
}
