import SeededRandom
import Testing

@testable import Model

@Suite struct AddressSetTests {
  private func set(_ text: String) throws -> AddressSet {
    try text.isEmpty ? AddressSet() : TargetList.parse([text]).addresses(resolved: [:])
  }

  @Test func rangesAreSortedDisjointAndMaximal() throws {
    let joined = try set("10.0.0.5-10.0.0.9 10.0.0.1 10.0.0.2-10.0.0.4 ::1 fe80::1%b fe80::1%a")
    #expect(joined.description == "10.0.0.1-10.0.0.9 ::1 fe80::1%a fe80::1%b")
  }

  @Test func familiesNeverRunIntoEachOther() throws {
    #expect(try set("255.255.255.255 ::").ranges.count == 2)
  }

  @Test func anExclusionWithoutZoneRemovesAddressesOnEveryLink() throws {
    let scan = try set("fe80::1%eth0 fe80::2%eth1 2001:db8::1")
    #expect(try scan.subtracting(set("fe80::/10")).description == "2001:db8::1")
    #expect(try scan.subtracting(set("fe80::%eth0/10")).description == "2001:db8::1 fe80::2%eth1")
    #expect(try set("fe80::/10").contains(#require(HostAddress("fe80::1%eth0"))))
    #expect(try !set("fe80::1%eth0").contains(#require(HostAddress("fe80::1%eth1"))))
    #expect(try set("fe80::1%eth0").contains(#require(IPAddress("fe80::1"))))
  }

  @Test func aMappedSpellingDoesNotWalkAroundASet() throws {
    let excluded = try set("10.0.0.0/8")
    #expect(try excluded.contains(#require(HostAddress("::ffff:10.0.0.1"))))
    #expect(try excluded.contains(#require(IPAddress("::ffff:10.0.0.1"))))
  }

  /// A small universe: 24 IPv4 addresses at the end of their family, 24 IPv6 addresses at the start of theirs, on no
  /// link or on one of two.
  private struct Universe {
    static let hosts: [HostAddress] =
      (0..<24).map { HostAddress(IPAddress(ipv4: UInt32.max - $0)) }
      + (0..<24).flatMap { value in
        [nil, "a", "b"].map { HostAddress(IPAddress(family: .ipv6, value: UInt128(value)), interface: $0) }
      }

    static func random(_ generator: inout SeededGenerator) -> [HostRange] {
      (0..<Int.random(in: 0...6, using: &generator)).compactMap { _ in
        guard let one = hosts.randomElement(using: &generator) else { return nil }
        let same = hosts.filter { $0.interface == one.interface && $0.address.family == one.address.family }
        guard let other = same.randomElement(using: &generator) else { return nil }
        return HostRange(
          AddressRange(min(one.address, other.address), max(one.address, other.address)), interface: one.interface)
      }
    }

    static func members(_ ranges: [HostRange]) -> Set<HostAddress> {
      Set(
        hosts.filter { host in ranges.contains { $0.interface == host.interface && $0.addresses.contains(host.address) }
        })
    }

    /// A plain address speaks for the same address on every link.
    static func covers(_ members: Set<HostAddress>, _ host: HostAddress) -> Bool {
      members.contains(host) || members.contains(HostAddress(host.address))
    }
  }

  @Test func algebraAgreesWithANaiveModel() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<2000 {
      let left = Universe.random(&generator)
      let right = Universe.random(&generator)
      let (leftSet, rightSet) = (AddressSet(left), AddressSet(right))
      let (leftMembers, rightMembers) = (Universe.members(left), Universe.members(right))
      #expect(Universe.members(leftSet.ranges) == leftMembers)
      #expect(Universe.members(leftSet.union(rightSet).ranges) == leftMembers.union(rightMembers))
      #expect(
        Universe.members(leftSet.subtracting(rightSet).ranges)
          == leftMembers.filter { !Universe.covers(rightMembers, $0) })
      #expect(
        Universe.members(leftSet.intersection(rightSet).ranges)
          == leftMembers.filter { Universe.covers(rightMembers, $0) }
          .union(rightMembers.filter { Universe.covers(leftMembers, $0) }))
      #expect(leftSet.isDisjoint(with: rightSet) == leftSet.intersection(rightSet).isEmpty)
      for host in Universe.hosts { #expect(leftSet.contains(host) == Universe.covers(leftMembers, host)) }
      let ranges = leftSet.union(rightSet).ranges
      #expect(ranges == ranges.sorted())
      #expect(AddressSet(ranges.shuffled(using: &generator)) == leftSet.union(rightSet))
    }
  }

  @Test(
    "No spelling of an IPv4-mapped address walks around a rule for IPv4",
    arguments: ["::ffff:10.0.99.7", "::fffe:ffff:ffff-::ffff:10.0.99.7", "::ffff:10.0.99.7-::1:0:0:0", "::ffff:0:0/96"])
  func mappedAddressesAreIPv4(expression: String) throws {
    let targets = try TargetList.parse([expression]).addresses(resolved: [:])
    let rule = try TargetList.parse(["10.0.99.7"]).addresses(resolved: [:])
    #expect(targets.intersection(rule) == rule)
    #expect(!targets.subtracting(rule).contains(HostAddress(IPAddress(family: .ipv6, value: 0xffff_0a00_6307))))
  }

  @Test("All of IPv6 is not a way to say all of IPv4")
  func wideIPv6HoldsNoIPv4() throws {
    let set = try TargetList.parse(["::/0"]).addresses(resolved: [:])
    #expect(!set.contains(HostAddress(IPAddress(ipv4: 0x0808_0808))))
    #expect(!set.contains(HostAddress(IPAddress(family: .ipv6, value: 0xffff_0808_0808))))
    #expect(set.contains(HostAddress(.ipv6Loopback)))
  }
}
