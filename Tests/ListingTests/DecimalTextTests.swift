import Testing

@testable import Listing

@Suite struct DecimalTextTests {
  @Test func digitsAreThoseOfTheNumber() {
    var random = SystemRandomNumberGenerator()
    let edges: [UInt64] = [0, 9, 10, 99_999_999, 100_000_000, 1_000_000_000, 10_000_000_000_000_000, .max]
    for number in edges
      + (0..<2_000).map({ _ in
        UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0..<64, using: &random)
      })
    {
      var bytes: [UInt8] = [0x23]
      DecimalText.append(number, to: &bytes)
      #expect(String(decoding: bytes, as: UTF8.self) == "#\(number)")
    }
  }
}
