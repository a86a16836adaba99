import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// What files tell, in the chart: at its times, as one sighting each, and to whom.
@Suite struct ImportServiceTests {
  private static let address = IPAddress(ipv4: 0x0a00_0001)

  private func begin(_ fleet: Fleet, _ number: UInt8 = 1) async throws -> ImportRecord {
    try await ImportService(context: fleet.context).begin(
      .init(
        digest: [UInt8](repeating: number, count: 32), file: "n.xml", scanner: "nmap", zone: "laptop", hostCount: 1),
      by: .local
    ).record
  }

  private func take(_ hosts: [ImportService.Host], into record: ImportRecord, _ fleet: Fleet) async throws {
    try await ImportService(context: fleet.context).take(hosts, into: record.id, by: .local)
  }

  private func host(
    at time: Timestamp, open: [UInt16] = [], closed: ClosedRange<UInt16>? = nil, address: IPAddress = address
  ) -> ImportService.Host {
    var host = ImportService.Host(address: address, observedAt: time)
    host.open = open.map { (endpoint: ProtocolPort(.tcp, Port($0)), reason: .synAck, service: nil) }
    host.runs = closed.map { [(transport: .tcp, ports: $0, state: .closed, reason: .connectionRefused)] } ?? []
    return host
  }

  private func changes(_ fleet: Fleet) async throws -> [ChangeRecord] {
    let rows = try await fleet.chart.changes(ChangeQuery(), after: nil, limit: 100).rows
    return rows.filter { $0.key != nil && $0.kind != .found }
  }

  @Test("Names that a file's name servers said are the vantage's, at the file's time")
  func takesNames() async throws {
    try await Fleet.run { fleet async throws in
      let record = try await begin(fleet)
      let time = fleet.clock.now - .seconds(3_600)
      var seen = host(at: time, open: [80])
      seen.name = "web.example"
      for _ in 0..<2 { try await take([seen], into: record, fleet) }
      let told = try await fleet.chart.explain(host: Self.address, site: nil, own: nil).explanations[0]
      #expect(told.names.map(\.run.name) == ["web.example"])
      #expect(told.names.map(\.run.first) == [time])
      #expect(told.names.map(\.zone) == [record.zone])
      #expect(told.row.names == ["web.example"])
    }
  }

  @Test("Loopback is one host of the vantage, whichever of its files names it")
  func namesLoopback() async throws {
    try await Fleet.run { fleet async throws in
      let loopback = IPAddress(ipv4: 0x7f00_0001)
      for number in [UInt8(1), 2] {
        var seen = host(at: fleet.clock.now - .seconds(60), open: [80], address: loopback)
        seen.name = number == 1 ? nil : "localhost"
        try await take([seen], into: try await begin(fleet, number), fleet)
      }
      let told = try await fleet.chart.explain(host: loopback, site: nil, own: nil).explanations
      #expect(told.map { $0.names.map(\.run.name) } == [["localhost"]])
    }
  }

  @Test("A port that a file found closed once is closed only after as many looks as the coordinator demands")
  func waitsForConfirmation() async throws {
    var settings = Fleet.settings
    settings.closeAfter = 2
    try await Fleet.run(settings: settings) { fleet async throws in
      let record = try await begin(fleet)
      let start = fleet.clock.now
      try await take([host(at: start - .seconds(60), open: [80])], into: record, fleet)
      try await take([host(at: start - .seconds(50), closed: 80...80)], into: record, fleet)
      #expect(try await changes(fleet).isEmpty)
      try await take([host(at: start - .seconds(40), closed: 80...80)], into: record, fleet)
      #expect(try await changes(fleet).map(\.kind) == [.closed])
    }
  }

  @Test("Bodies of one address and one time are one look; several times are looks in their order, however they come")
  func combinesBodies() async throws {
    try await Fleet.run { fleet async throws in
      let record = try await begin(fleet)
      let (start, other) = (fleet.clock.now - .seconds(600), IPAddress(ipv4: 0x0a00_0002))
      try await take(
        [
          host(at: start + .seconds(20), closed: 80...80), host(at: start, open: [80]),
          host(at: start, open: [81], address: other), host(at: start, open: [82]),
          host(at: start + .seconds(10), open: [80]), host(at: start, closed: 90...99),
        ], into: record, fleet)
      let found = try await changes(fleet)
      #expect(found.map(\.kind) == [.closed])
      #expect(found.map(\.at) == [start + .seconds(20)])
    }
  }

  @Test(
    "Two thousand times of one address make one row, seen from the first to the last of them",
    .timeLimit(.minutes(20)))
  func takesManyTimes() async throws {
    try await Fleet.run { fleet async throws in
      let record = try await begin(fleet)
      let start = fleet.clock.now - .seconds(10_000)
      try await take((0..<2_000).map { host(at: start + .seconds($0), open: [80]) }, into: record, fleet)
      let rows = try await fleet.chart.ports(fleet.chart.query("port:80"), after: nil, limit: 10).rows
      #expect(rows.map(\.summary.firstSeen) == [start])
      #expect(rows.map(\.summary.lastSeen) == [start + .seconds(1_999)])
      #expect(try await changes(fleet).isEmpty)
    }
  }

  @Test("What a file tells of the last day is news; what is older is in the chart and is told to nobody")
  func tellsNothingOld() async throws {
    try await Fleet.run { fleet async throws in
      try await fleet.context.queue.commit { try $0.setWantedNotices([.found, .closed, .opened]) }
      let record = try await begin(fleet)
      let now = fleet.clock.now
      func told() async throws -> [NoticeKind] {
        try await fleet.context.store.read { try $0.notices(after: 0, limit: 100) }.map(\.notice.kind)
      }
      try await take(
        [host(at: now - .seconds(90_000), open: [80]), host(at: now - .seconds(86_401), closed: 80...80)],
        into: record, fleet)
      #expect(try await told().isEmpty)
      #expect(try await changes(fleet).map(\.kind) == [.closed])
      try await take([host(at: now - .seconds(86_400), open: [80, 81])], into: record, fleet)
      #expect(Set(try await told()).isSuperset(of: [.found]))
    }
  }

  @Test("A negative count of hosts is refused")
  func refusesNegativeCounts() async throws {
    try await Fleet.run { fleet async throws in
      let refusal = try await #require(throws: Refusal.self) {
        _ = try await ImportService(context: fleet.context).begin(
          .init(
            digest: [UInt8](repeating: 1, count: 32), file: "n.xml", scanner: "nmap", zone: "laptop", hostCount: -1),
          by: .local)
      }
      #expect(refusal.pointer == "/hostCount")
    }
  }

  @Test("An import cannot be compared as a scan: it is said what can")
  func refusesDifferences() async throws {
    try await Fleet.run { fleet async throws in
      let record = try await begin(fleet)
      let refusal = try await #require(throws: Refusal.self) {
        _ = try await fleet.comparisons.difference(
          from: record.scan.description, to: "now", query: "", kinds: [], site: nil, after: nil, limit: 10)
      }
      #expect(refusal.pointer == "from")
      #expect(refusal.message.contains("use zone:NAME"))
    }
  }
}
