import SeededRandom
import Testing

@testable import Model

/// Random expressions against a naive reading of them, and random bytes.
@Suite struct TargetPropertyTests {
  private typealias OctetText = (text: String, values: Set<UInt8>)

  private func octet(_ generator: inout SeededGenerator) -> OctetText {
    if Int.random(in: 0..<8, using: &generator) == 0 { return ("*", Set(0...255)) }
    var parts: [String] = []
    var values: Set<UInt8> = []
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let low = UInt8.random(in: 0...255, using: &generator)
      let high = UInt8.random(in: low...min(255, low &+ 9 < low ? 255 : low + 9), using: &generator)
      switch Int.random(in: 0..<8, using: &generator) {
      case 0:
        parts.append("\(low)-\(high)")
        values.formUnion(low...high)
      case 1 where low > 245:
        parts.append("\(low)-")
        values.formUnion(low...255)
      case 2 where low < 10:
        parts.append("-\(low)")
        values.formUnion(0...low)
      default:
        parts.append("\(low)")
        values.insert(low)
      }
    }
    return (parts.joined(separator: ","), values)
  }

  @Test func patternsMeanWhatANaiveReadingMeans() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      let octets = (0..<4).map { _ in octet(&generator) }
      guard octets[..<3].reduce(1, { $0 * $1.values.count }) < 100_000 else { continue }
      let text = octets.map(\.text).joined(separator: ".")
      let list = try TargetList.parse([text])
      try #require(list.expressions.count == 1, "\(text)")
      let set = try list.addresses(resolved: [:])
      let naive = octets.reduce(UInt128(1)) { $0 * UInt128($1.values.count) }
      #expect(try TargetSpace(set).count == naive, "\(text)")
      for _ in 0..<40 {
        let bytes = octets.map { octet in
          Bool.random(using: &generator)
            ? octet.values.sorted()[Int.random(in: 0..<octet.values.count, using: &generator)]
            : UInt8.random(in: 0...255, using: &generator)
        }
        let address = try #require(IPAddress(octets: bytes))
        #expect(set.contains(address) == zip(octets, bytes).allSatisfy { $0.values.contains($1) }, "\(text) \(address)")
      }
      #expect(try TargetList.parse([list.description]) == list, "\(text)")
      guard set.ranges.count < 2000 else { continue }
      #expect(try TargetList.parse([set.description]).addresses(resolved: [:]) == set, "\(text)")
    }
  }

  @Test func aMaskOnAPatternIsTheMaskOnEachAddress() throws {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<200 {
      let octets = [("10", 0), ("0-3", 0), (octet(&generator).text, 0), (octet(&generator).text, 0)].map(\.0)
      let text = octets.joined(separator: ".")
      let length = Int.random(in: 8...32, using: &generator)
      let masked = try TargetList.parse(["\(text)/\(length)"]).addresses(resolved: [:])
      let networks = try TargetList.parse([text]).addresses(resolved: [:]).ranges.flatMap { range -> [HostRange] in
        // Every network that the run of addresses touches.
        let step = UInt128(1) << UInt128(32 - length)
        let first = range.addresses.first.value / step
        let last = range.addresses.last.value / step
        return [
          HostRange(
            AddressRange(
              IPAddress(family: .ipv4, value: first * step), IPAddress(family: .ipv4, value: last * step + step - 1)))
        ]
      }
      #expect(masked == AddressSet(networks), "\(text)/\(length)")
    }
  }

  @Test func randomTextNeverTrapsAndWhatParsesPrintsBack() {
    var generator = SeededGenerator(seed: 3)
    let alphabet = Array("0123456789.,-*/:%abfx[] \t#\u{e9}\u{0}")
    var parsed = 0
    for _ in 0..<10_000 {
      let length = Int.random(in: 0...24, using: &generator)
      let text = String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
      guard let list = try? TargetList.parse([text]) else { continue }
      parsed += 1
      #expect(list == (try? TargetList.parse([list.description])), "\(text)")
    }
    #expect(parsed > 100)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      _ = try? TargetList.parse(listFile: String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test func hostileArgumentsAreReadInLinearTime() {
    // Each of these made an early version quadratic; at this length that would be minutes.
    for piece in ["1,", "-:", "1.1.1.1,", ":-%", "a,"] {
      _ = try? TargetList.parse([String(repeating: piece, count: 50_000)])
    }
  }
}
