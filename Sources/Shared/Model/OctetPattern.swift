/// Four sets of octet values, such as `10.0.0-3.1,5,7-9`: every IPv4 address that takes each octet from its set.
package struct OctetPattern: Hashable, Sendable {
  /// From the first octet to the fourth; none is empty.
  package let octets: [IntervalSet<UInt8>]

  /// - Precondition: four sets, none of them empty.
  package init(_ octets: [IntervalSet<UInt8>]) {
    precondition(octets.count == 4 && !octets.contains { $0.isEmpty }, "an IPv4 address has four octets")
    self.octets = octets
  }

  /// The pattern of all networks of `prefixLength` bits that this pattern touches. A mask acts on each octet alone, so
  /// the result is a pattern again.
  ///
  /// - Precondition: 0 ≤ `prefixLength` ≤ 32.
  package func masked(to prefixLength: Int) -> OctetPattern {
    precondition((0...32).contains(prefixLength), "a prefix is at most as long as the address")
    return OctetPattern(
      octets.enumerated().map { position, octet in
        let hostBits = 8 - min(max(prefixLength - position * 8, 0), 8)
        let hostMask = UInt8((1 << hostBits) - 1)
        return IntervalSet(octet.runs.map { $0.lowerBound & ~hostMask...$0.upperBound | hostMask })
      })
  }

  /// The address, where every octet has one value only.
  package var singleAddress: IPAddress? {
    var value: UInt32 = 0
    for octet in octets {
      guard octet.runs.count == 1, octet.runs[0].count == 1 else { return nil }
      value = value << 8 | UInt32(octet.runs[0].lowerBound)
    }
    return IPAddress(ipv4: value)
  }

  /// How many separate ranges the pattern is at most: what it costs to hold.
  package var rangeCount: Int {
    let open = leadingOctetCount
    guard open > 0 else { return 1 }
    let values = octets[..<(open - 1)].map { $0.runs.reduce(0) { $0 + $1.count } }
    return values.reduce(octets[open - 1].runs.count, *)
  }

  /// The addresses of the pattern, ascending. O(`rangeCount`).
  package var ranges: [AddressRange] {
    let open = leadingOctetCount
    guard open > 0 else { return [AddressRange(network: .ipv4Unspecified, prefixLength: 0)] }
    var prefixes: [UInt32] = [0]
    for octet in octets[..<(open - 1)] {
      prefixes = prefixes.flatMap { prefix in octet.runs.joined().map { prefix << 8 | UInt32($0) } }
    }
    let hostBits = UInt32(8 * (4 - open))
    let hostMask: UInt32 = hostBits == 0 ? 0 : (1 << hostBits) - 1
    return prefixes.flatMap { prefix in
      octets[open - 1].runs.map { run in
        AddressRange(
          IPAddress(ipv4: (prefix << 8 | UInt32(run.lowerBound)) << hostBits),
          IPAddress(ipv4: (prefix << 8 | UInt32(run.upperBound)) << hostBits | hostMask))
      }
    }
  }

  /// Octets up to the last one that is not `*`; those after it fill whole ranges.
  private var leadingOctetCount: Int {
    4 - octets.reversed().prefix { $0.runs == [0...255] }.count
  }
}

extension OctetPattern: CustomStringConvertible {
  package var description: String {
    octets.map { $0.runs == [0...255] ? "*" : $0.description }.joined(separator: ".")
  }
}
