/// Numbers as decimal digits in UTF-8: listings have millions, and a `String` for each costs more than its digits.
package enum DecimalText {
  package static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    if number < 10 { return bytes.append(UInt8(ascii: "0") + UInt8(number)) }
    append(number / 10, to: &bytes)
    bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
  }
}
