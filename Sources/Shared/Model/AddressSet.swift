/// A set of addresses, held as ranges, on any link or on named ones.
///
/// A range without an interface speaks of its addresses wherever they are met: it also contains, and removes, the same
/// addresses on a named interface. So the exclusion `fe80::/10` covers `fe80::1%eth0`.
package struct AddressSet: Equatable, Sendable {
  private typealias Addresses = IntervalSet<IPAddress>

  private var plain = Addresses()
  /// Never holds an empty set.
  private var links: [String: Addresses] = [:]

  package init() {}

  /// The union of `ranges`, which may overlap and come in any order.
  package init(_ ranges: some Sequence<HostRange>) {
    var collected: [String?: [ClosedRange<IPAddress>]] = [:]
    for range in ranges {
      collected[range.interface, default: []] += Self.withoutMapped(range.addresses)
    }
    for (interface, addresses) in collected { self[interface] = Addresses(addresses) }
  }

  /// IPv4-mapped addresses (`::ffff:0:0/96`, RFC 4291, 2.5.5.2) are reached over IPv4, so that the rules for IPv4 must meet
  /// them: in a set they are IPv4 addresses. An IPv6 range that covers the whole block means IPv6, and loses it.
  private static func withoutMapped(_ range: AddressRange) -> [ClosedRange<IPAddress>] {
    let block = UInt128(0xffff) << 32...(UInt128(0xffff) << 32 | UInt128(UInt32.max))
    let values = range.first.value...range.last.value
    guard range.family == .ipv6, values.overlaps(block) else { return [range.first...range.last] }
    func ipv6(_ first: UInt128, _ last: UInt128) -> ClosedRange<IPAddress> {
      IPAddress(family: .ipv6, value: first)...IPAddress(family: .ipv6, value: last)
    }
    var pieces: [ClosedRange<IPAddress>] = []
    if values.lowerBound < block.lowerBound { pieces.append(ipv6(values.lowerBound, block.lowerBound - 1)) }
    if values.upperBound > block.upperBound { pieces.append(ipv6(block.upperBound + 1, values.upperBound)) }
    let mapped = values.clamped(to: block)
    if mapped != block || values == block {
      pieces.append(
        IPAddress(family: .ipv6, value: mapped.lowerBound)
          .unmapped...IPAddress(
            family: .ipv6, value: mapped.upperBound
          ).unmapped)
    }
    return pieces
  }

  /// Ascending, disjoint, and as long as they can be: plain ones first, then those of each interface by its name.
  package var ranges: [HostRange] {
    let names: [String?] = [nil] + links.keys.sorted()
    return names.flatMap { name in
      self[name].runs.map { HostRange(AddressRange($0.lowerBound, $0.upperBound), interface: name) }
    }
  }

  package var isEmpty: Bool { plain.isEmpty && links.isEmpty }

  /// Whether the address is in the set on its own link or on any. O(log ranges).
  ///
  /// An IPv4-mapped address is also looked up as the IPv4 address that a socket would connect to, so that no spelling
  /// walks around an exclusion.
  package func contains(_ host: HostAddress) -> Bool {
    let address = host.address.unmapped
    return plain.contains(address) || host.interface.map { self[$0].contains(address) } == true
  }

  /// Whether the address is in the set on any link at all.
  package func contains(_ address: IPAddress) -> Bool {
    contains(HostAddress(address)) || links.values.contains { $0.contains(address.unmapped) }
  }

  package func union(_ other: AddressSet) -> AddressSet {
    var result = AddressSet()
    result.plain = plain.union(other.plain)
    for name in Set(links.keys).union(other.links.keys) { result[name] = self[name].union(other[name]) }
    return result
  }

  /// What is here and not in `other`, whose plain ranges remove addresses on every link. A plain address stays when
  /// `other` has it on a named interface only: it is more than that one.
  package func subtracting(_ other: AddressSet) -> AddressSet {
    var result = AddressSet()
    result.plain = plain.subtracting(other.plain)
    for (name, addresses) in links {
      result[name] = addresses.subtracting(other.plain).subtracting(other[name])
    }
    return result
  }

  /// What both contain: plain ranges meet plain ones and every link's, a link's ranges meet their own link's.
  package func intersection(_ other: AddressSet) -> AddressSet {
    var result = AddressSet()
    result.plain = plain.intersection(other.plain)
    for name in Set(links.keys).union(other.links.keys) {
      result[name] = self[name].intersection(other[name])
        .union(self[name].intersection(other.plain))
        .union(plain.intersection(other[name]))
    }
    return result
  }

  /// Whether `intersection` would be empty, at the cost of a search.
  package func isDisjoint(with other: AddressSet) -> Bool {
    guard plain.isDisjoint(with: other.plain) else { return false }
    return Set(links.keys).union(other.links.keys).allSatisfy { name in
      self[name].isDisjoint(with: other[name]) && self[name].isDisjoint(with: other.plain)
        && plain.isDisjoint(with: other[name])
    }
  }

  private subscript(interface: String?) -> Addresses {
    get { interface.map { links[$0] ?? Addresses() } ?? plain }
    set {
      if let interface {
        links[interface] = newValue.isEmpty ? nil : newValue
      } else {
        plain = newValue
      }
    }
  }
}

extension AddressSet: CustomStringConvertible {
  /// Its ranges separated by blanks, which a target list reads back; empty for the empty set.
  package var description: String { ranges.map(\.description).joined(separator: " ") }
}
