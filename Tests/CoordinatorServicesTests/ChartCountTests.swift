import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

@Suite struct ChartCountTests {
  @Test("Counts by each field add up to the rows they count, the most first", arguments: ChartGrouping.allCases)
  func addsUp(grouping: ChartGrouping) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.0/29", ports: "22,80")
      let odd = ProtocolPort(.tcp, 22)
      let even = ProtocolPort(.tcp, 80)
      while let grant = try await fleet.grant(agent) {
        let chunk = try await fleet.chunk(
          grant, number: 0, grant.blocks.map(\.rectangle), open: grant.job.rawValue % 2 == 0 ? [odd, even] : [odd])
        #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
        try await fleet.finish(grant, by: agent, chunks: 1)
      }
      #expect(try await fleet.state(scan) == .done)
      let query = try fleet.chart.query("")
      let rows = try await fleet.rows("")
      let counts = try await fleet.chart.counts(query, by: grouping, limit: 100)
      #expect(counts.reduce(0) { $0 + $1.endpoints } == rows.count)
      #expect(counts.map(\.endpoints) == counts.map(\.endpoints).sorted(by: >))
      let expected: [String?: Int] =
        switch grouping {
        case .port: Dictionary(grouping: rows) { String($0.port.rawValue) }.mapValues(\.count)
        case .host: Dictionary(grouping: rows) { $0.host.address.description }.mapValues(\.count)
        case .service: Dictionary(grouping: rows) { $0.port == 22 ? "ssh" : "http" }.mapValues(\.count)
        case .proto: ["tcp": rows.count]
        case .state: ["open": rows.count]
        case .verdict: ["no-inside-view": rows.count]
        case .zone, .site: ["default": rows.count]
        case .agent, .product: [nil: rows.count]
        }
      #expect(Dictionary(uniqueKeysWithValues: counts.map { ($0.value, $0.endpoints) }) == expected)
      if grouping == .port { #expect(try await fleet.chart.counts(query, by: grouping, limit: 1).count == 1) }
      #expect(try await fleet.chart.counts(fleet.chart.query("port:81"), by: grouping, limit: 9).isEmpty)
    }
  }
}
