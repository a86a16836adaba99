/// A seeded permutation of the numbers below `count`: the order in which a lane visits its blocks of hosts, so that
/// work spreads over subnets without a list in memory.
///
/// A balanced Feistel network over the next even number of bits, walked until the result falls below `count` (Black and
/// Rogaway, "Ciphers with Arbitrary Finite Domains", 2002, the cycle-walking cipher). It need not resist analysis; it
/// must be a bijection.
package struct BlockOrder: Sendable {
  private let count: UInt128
  private let halfBits: UInt128
  private let halfMask: UInt128
  private let roundKeys: [UInt64]

  package init(count: UInt128, seed: UInt64) {
    self.count = count
    let bits = count <= 1 ? 0 : 128 - (count - 1).leadingZeroBitCount
    halfBits = UInt128((bits + 1) / 2)
    halfMask = (UInt128(1) << halfBits) - 1
    roundKeys = (1...4).map { Self.mixed(seed &+ $0 &* 0x9e37_79b9_7f4a_7c15) }
  }

  /// The block visited at `position`.
  ///
  /// - Precondition: `position` is below the count.
  package func block(at position: UInt128) -> UInt128 {
    precondition(position < count, "a position lies within the order")
    guard count > 1 else { return 0 }
    var value = position
    repeat { value = encrypted(value) } while value >= count
    return value
  }

  private func encrypted(_ value: UInt128) -> UInt128 {
    var left = value >> halfBits
    var right = value & halfMask
    for key in roundKeys {
      let mixedHalf = UInt128(Self.mixed(UInt64(truncatingIfNeeded: right) ^ key)) & halfMask
      (left, right) = (right, left ^ mixedHalf)
    }
    return left << halfBits | right
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
  private static func mixed(_ input: UInt64) -> UInt64 {
    var value = input
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
