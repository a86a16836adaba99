import CoordinatorCore
import Model
import SeededRandom
import Testing

@testable import CoordinatorServices

@Suite struct LimitPartsTests {
  @Test("Each endpoint is in the one part whose rules are those that name its address")
  func dividesAsRulesSay() async throws {
    try await Fleet.run { fleet async throws in
      var generator = SeededGenerator(seed: 5)
      let id = try await fleet.submit("10.0.0.0-7,10.0.0.64-127,10.9.0.0/26", ports: "1-4")
      let scan = try await fleet.scans.scan(id).state.record
      let space = try fleet.context.spaces.space(of: scan)
      for _ in 0..<200 {
        var work: [WorkRectangle] = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let first = UInt128.random(in: 0..<space.targets.count, using: &generator)
          let hosts = first..<UInt128.random(in: (first + 1)...space.targets.count, using: &generator)
          work += [WorkRectangle(hosts: hosts, ports: 0..<Int.random(in: 1...4, using: &generator))].subtracting(work)
        }
        let limits = try (0..<Int64.random(in: 0...5, using: &generator)).map { number in
          let networks = ["10.0.0.2-99", "10.0.0.100", "10.9.0.0/28", "10.9.0.9-40", "192.168.0.0/16", "2001:db8::/32"]
            .filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
          let addresses = try TargetList.parse(networks).addresses(resolved: [:])
          let rule = ScopeRule(
            id: ScopeRuleID(number), name: "\(number)", action: .limit, networks: addresses.ranges.map(\.addresses),
            ports: nil, site: nil, note: "n", until: nil, createdAt: scan.createdAt)
          return (rule: rule, networks: addresses)
        }
        let parts = LimitParts.divide(work, by: limits, in: space)
        #expect(parts.reduce(0) { $0 + $1.rectangles.endpointCount } == work.endpointCount)
        for part in parts {
          #expect(part.rectangles.subtracting(work).isEmpty)
          for rectangle in part.rectangles {
            for host in rectangle.hosts.lowerBound..<rectangle.hosts.upperBound {
              let address = space.targets.host(at: host)
              #expect(limits.filter { $0.networks.contains(address) }.map(\.rule.id) == part.rules.map(\.id))
            }
          }
        }
        #expect(parts.map(\.rules.count) == parts.map(\.rules.count).sorted())
      }
    }
  }
}
