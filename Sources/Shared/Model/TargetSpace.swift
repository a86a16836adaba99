/// A set of addresses as a number line: index ↔ address in O(log ranges), at the cost of the ranges alone.
///
/// `0.0.0.0/0` less a thousand exclusions is a thousand and one ranges, not four thousand million addresses.
package struct TargetSpace: Equatable, Sendable {
  private let ranges: [HostRange]

  /// Addresses before each range.
  private let starts: [UInt128]

  package let count: UInt128

  /// - Throws: `TargetSpaceError` for 2^128 addresses or more.
  package init(_ set: AddressSet) throws(TargetSpaceError) {
    ranges = set.ranges
    var starts: [UInt128] = []
    starts.reserveCapacity(ranges.count)
    var total: UInt128 = 0
    for range in ranges {
      starts.append(total)
      // The span of ::/0 fits UInt128, its count does not; nothing may follow either.
      let (beyond, first) = total.addingReportingOverflow(range.addresses.span)
      let (after, second) = beyond.addingReportingOverflow(1)
      guard !first, !second else { throw TargetSpaceError() }
      total = after
    }
    self.starts = starts
    count = total
  }

  /// The address at `index`.
  ///
  /// - Precondition: `index` < `count`.
  package func host(at index: UInt128) -> HostAddress {
    precondition(index < count, "an index of this space")
    let range = self.range(at: index)
    let first = ranges[range].addresses.first
    return HostAddress(
      IPAddress(family: first.family, value: first.value + (index - starts[range])), interface: ranges[range].interface)
  }

  /// Where `host` stands, nil for one that is not in the space; the interface is part of the match.
  package func index(of host: HostAddress) -> UInt128? {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if Self.isBefore(ranges[middle], host) { low = middle + 1 } else { high = middle }
    }
    guard low < ranges.count, ranges[low].interface == host.interface, ranges[low].addresses.contains(host.address)
    else { return nil }
    return starts[low] + (host.address.value - ranges[low].addresses.first.value)
  }

  /// The addresses whose indices lie in `indices`, as ranges in order; what is beyond the space is ignored.
  package func ranges(in indices: Range<UInt128>) -> [HostRange] {
    let wanted = indices.clamped(to: 0..<count)
    guard !wanted.isEmpty else { return [] }
    let first = range(at: wanted.lowerBound)
    let last = range(at: wanted.upperBound - 1)
    return (first...last).map { position in
      let addresses = ranges[position].addresses
      let low = wanted.lowerBound > starts[position] ? wanted.lowerBound - starts[position] : 0
      let high = min(addresses.span, wanted.upperBound - 1 - starts[position])
      return HostRange(
        AddressRange(
          IPAddress(family: addresses.family, value: addresses.first.value + low),
          IPAddress(family: addresses.family, value: addresses.first.value + high)),
        interface: ranges[position].interface)
    }
  }

  package var set: AddressSet { AddressSet(ranges) }

  private func range(at index: UInt128) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return low
  }

  private static func isBefore(_ range: HostRange, _ host: HostAddress) -> Bool {
    if range.interface != host.interface { return (range.interface ?? "") < (host.interface ?? "") }
    return range.addresses.last < host.address
  }
}
