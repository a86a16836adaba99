import SeededRandom
import Testing

@testable import Model

@Suite struct TargetSpaceTests {
  private func space(_ text: String, excluding: String? = nil) throws -> TargetSpace {
    let set = try TargetList.parse([text]).addresses(resolved: [:])
    let excluded = try excluding.map { try TargetList.parse([$0]).addresses(resolved: [:]) }
    return try TargetSpace(set.subtracting(excluded ?? AddressSet()))
  }

  @Test func anIndexLeadsToItsAddressAndBack() throws {
    let space = try space("10.0.0.0/30 10.0.1.5 ::1 fe80::1%eth0-fe80::3%eth0", excluding: "10.0.0.1")
    let hosts = (0..<space.count).map { space.host(at: $0).description }
    #expect(
      hosts == [
        "10.0.0.0", "10.0.0.2", "10.0.0.3", "10.0.1.5", "::1", "fe80::1%eth0", "fe80::2%eth0", "fe80::3%eth0",
      ])
    for index in 0..<space.count { #expect(space.index(of: space.host(at: index)) == index) }
    for absent in ["10.0.0.1", "10.0.0.4", "9.255.255.255", "::2", "fe80::1", "fe80::1%eth1", "fe80::4%eth0"] {
      #expect(try space.index(of: #require(HostAddress(absent))) == nil)
    }
  }

  @Test func indicesBecomeRanges() throws {
    let space = try space("10.0.0.0/30 10.0.1.0/30")
    #expect(space.ranges(in: 2..<6).map(\.description) == ["10.0.0.2/31", "10.0.1.0/31"])
    #expect(space.ranges(in: 3..<3).isEmpty)
    #expect(space.ranges(in: 6..<100).map(\.description) == ["10.0.1.2/31"])
    #expect(space.ranges(in: 100..<200).isEmpty)
  }

  @Test func allOfIPv4LessAThousandAddressesIsAThousandAndOneRanges() throws {
    let holes = (1...1000).map { "\($0 % 200 + 1).\($0 % 250).\($0 / 4).7" }
    let exclusion = try TargetList.parse(holes).addresses(resolved: [:])
    #expect(exclusion.ranges.count == 1000)
    let space = try TargetSpace(TargetList.parse(["0.0.0.0/0"]).addresses(resolved: [:]).subtracting(exclusion))
    #expect(space.count == UInt128(1) << 32 - 1000)
    #expect(space.set.ranges.count == 1001)
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<10_000 {
      let index = UInt128.random(in: 0..<space.count, using: &generator)
      let host = space.host(at: index)
      #expect(!exclusion.contains(host))
      #expect(space.index(of: host) == index)
    }
  }

  @Test func aSpaceHoldsUpToOneLessThan2To128Addresses() throws {
    // IPv6 without the mapped block, and IPv4 in its place: as many addresses as IPv6 alone has.
    let all = try TargetList.parse(["::/0", "0.0.0.0/0"]).addresses(resolved: [:])
    #expect(throws: TargetSpaceError.self) { try TargetSpace(all) }
    let one = try TargetList.parse(["::1"]).addresses(resolved: [:])
    let most = try TargetSpace(all.subtracting(one))
    #expect(most.count == .max)
    #expect(most.host(at: .max - 1) == HostAddress(IPAddress(family: .ipv6, value: .max)))
    let over = try TargetList.parse(["::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 0.0.0.0/0", "::/128"])
    #expect(throws: TargetSpaceError.self) { try TargetSpace(over.addresses(resolved: [:])) }
  }

  @Test func randomSpacesAreBijections() throws {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<300 {
      let ranges = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
        let first = UInt32.random(in: 0...4000, using: &generator)
        let last = first + UInt32.random(in: 0...60, using: &generator)
        return HostRange(AddressRange(IPAddress(ipv4: first), IPAddress(ipv4: last)))
      }
      let space = try TargetSpace(AddressSet(ranges))
      var previous: HostAddress?
      for index in 0..<space.count {
        let host = space.host(at: index)
        #expect(space.index(of: host) == index)
        if let previous { #expect(previous < host) }
        previous = host
      }
      let cut = UInt128.random(in: 0...space.count, using: &generator)
      let halves = [0..<cut, cut..<space.count].map { AddressSet(space.ranges(in: $0)) }
      #expect(halves[0].union(halves[1]) == space.set)
      #expect(halves[0].intersection(halves[1]).isEmpty)
    }
  }
}
