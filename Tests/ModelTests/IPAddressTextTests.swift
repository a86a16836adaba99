import SeededRandom
import Testing

@testable import Model

@Suite struct IPAddressTextTests {
  @Test(
    "Addresses print in the form of RFC 5952 and are read back",
    arguments: [
      ("2001:0DB8:0:0:0:0:0002:1", "2001:db8::2:1"),  // section 4.1 and 4.3
      ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),  // 4.2.2: one group is not shortened
      ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),  // 4.2.3: the longest run
      ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),  // 4.2.3: the first of equal ones
      ("0:0:0:0:0:0:0:0", "::"), ("::0001", "::1"), ("fe80:0:0:0:0:0:0:0", "fe80::"),
      ("::FFFF:192.0.2.1", "::ffff:192.0.2.1"), ("::ffff:c000:201", "::ffff:192.0.2.1"),
      ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
      ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
      ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"),
    ])
  func printsCanonically(text: String, canonical: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == canonical)
    #expect(IPAddress(canonical) == address)
  }

  @Test("Random addresses are read back from their text, and from their octets")
  func roundTrips() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<3_000 {
      // Many zero groups, so that every place of `::` is met.
      let value = (0..<8).reduce(UInt128(0)) { number, _ in
        let group = Bool.random(using: &generator) ? 0 : UInt16.random(in: .min ... .max, using: &generator)
        return number << 16 | UInt128(group)
      }
      for address in [IPAddress(family: .ipv6, value: value), IPAddress(ipv4: UInt32(truncatingIfNeeded: value))] {
        #expect(IPAddress(address.description) == address)
        #expect(IPAddress(octets: address.octets) == address)
        var bytes: [UInt8] = []
        address.append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == address.description)
      }
    }
  }

  @Test(
    "What two readers could read differently, or nobody can, is refused",
    arguments: [
      "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "0x1.2.3.4", "1.2.3.-4", "1.2.3.+4", ":", ":::",
      "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:", "12345::", "g::", "::1.2.3",
      "1.2.3.4::", "::1.2.3.4:5", "fe80::1%eth0", "[::1]", "::+1", "1:2:3:4:5:6:7:1.2.3.4",
    ])
  func refuses(text: String) {
    #expect(IPAddress(text) == nil)
  }
}
