/// A run of consecutive addresses of one family, both ends included; never empty.
package struct AddressRange: Hashable, Sendable {
  package let first: IPAddress
  package let last: IPAddress

  /// - Precondition: both ends are of one family and in order.
  package init(_ first: IPAddress, _ last: IPAddress) {
    precondition(first.family == last.family && first <= last, "a range runs upwards within one family")
    self.first = first
    self.last = last
  }

  package init(_ address: IPAddress) { self.init(address, address) }

  /// The network of `prefixLength` bits that holds `address`; host bits of `address` are ignored, as in `10.0.0.5/24`.
  ///
  /// - Precondition: 0 ≤ `prefixLength` ≤ the family's width.
  package init(network address: IPAddress, prefixLength: Int) {
    precondition((0...address.family.bitWidth).contains(prefixLength), "a prefix is at most as long as the address")
    let hostBits = UInt128(address.family.bitWidth - prefixLength)
    let hostMask: UInt128 = hostBits == 128 ? .max : (UInt128(1) << hostBits) - 1
    self.init(
      IPAddress(family: address.family, value: address.value & ~hostMask & address.family.lastValue),
      IPAddress(family: address.family, value: address.value | hostMask))
  }

  package var family: IPAddress.Family { first.family }

  /// Addresses in the range less one: the count itself of `::/0` does not fit 128 bits.
  package var span: UInt128 { last.value - first.value }

  package func contains(_ address: IPAddress) -> Bool { first <= address && address <= last }
}

extension AddressRange: CustomStringConvertible {
  /// `10.0.0.0/24` where the range is one network, a bare address where it is one address, else `first-last`.
  package var description: String {
    if first == last { return first.description }
    let size = span &+ 1
    let isPowerOfTwo = size & (size &- 1) == 0
    if isPowerOfTwo, first.value & span == 0 {
      return "\(first)/\(family.bitWidth - (size == 0 ? 128 : size.trailingZeroBitCount))"
    }
    return "\(first)-\(last)"
  }
}
