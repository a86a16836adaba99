import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// What name servers call hosts.
@Suite struct HostNameTests {
  private static let address = IPAddress(ipv4: 0x0a00_0001)

  private func able(_ fleet: Fleet, _ name: String) async throws -> AgentRecord {
    let agent = try await fleet.enrol(name, duties: [.scan])
    try await fleet.hello(agent, minor: 3)
    return agent
  }

  /// A scan of one host, and what a name server says of it.
  private func scan(
    _ fleet: Fleet, _ agent: AgentRecord, _ name: String?, at time: Timestamp? = nil, host: IPAddress = address
  ) async throws {
    _ = try await fleet.submit("10.0.0.1", ports: "80") { $0.looksUpNames = true }
    let grant = try #require(try await fleet.grant(agent))
    #expect(grant.looksUpNames)
    try await accept(fleet, grant, agent, [(host, name, time ?? fleet.clock.now)])
    try await fleet.finish(grant, by: agent, chunks: 2)
    fleet.clock.advance(by: .seconds(60))
  }

  /// The results, and then a chunk of names alone, twice: lookups end later than probing.
  private func accept(
    _ fleet: Fleet, _ grant: LeaseService.Grant, _ agent: AgentRecord, _ names: [(IPAddress, String?, Timestamp)]
  ) async throws {
    #expect(
      try await fleet.report(
        grant, by: agent, number: 0, grant.blocks.map(\.rectangle), open: [ProtocolPort(.tcp, 80)]))
    let chunk = ResultService.Chunk(
      number: 1, digest: [1], completed: [], sightings: [], runs: [],
      names: names.map { .init(host: HostAddress($0.0), name: $0.1, observedAt: $0.2) })
    for _ in 0..<2 { #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent)) }
  }

  private func names(_ fleet: Fleet, asOf time: Timestamp? = nil) async throws -> [String] {
    let explained = try await fleet.chart.explain(host: Self.address, site: nil, own: nil, asOf: time).explanations[0]
    let query = try fleet.chart.query("", asOf: time)
    let rows = try await fleet.chart.hosts(query, after: nil, limit: 10).rows
    #expect(rows.map(\.names) == [explained.row.names])
    return explained.row.names
  }

  @Test("A host is called what the last answer says, of a time past what it said then; and no name is an answer")
  func remembersNames() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet, "a")
      try await scan(fleet, agent, "web.example")
      #expect(try await names(fleet) == ["web.example"])
      let whileWeb = fleet.clock.now - .seconds(1)
      try await scan(fleet, agent, "web.example")
      try await scan(fleet, agent, "shop.example")
      let whileShop = fleet.clock.now - .seconds(1)
      try await scan(fleet, agent, nil)
      #expect(try await names(fleet).isEmpty)
      #expect(try await names(fleet, asOf: whileWeb) == ["web.example"])
      #expect(try await names(fleet, asOf: whileShop) == ["shop.example"])
      let told = try await fleet.chart.explain(host: Self.address, site: nil, own: nil).explanations[0].names
      #expect(told.map(\.run.name) == ["web.example", "shop.example", nil])
      #expect(told.allSatisfy { $0.zone == agent.zone && $0.run.agent == agent.id && $0.run.job != nil })
      #expect(told[0].run.last - told[0].run.first == .seconds(60))
    }
  }

  @Test("Ports and hosts are found by what their host is called, now and then, and alerts choose by it")
  func findsByName() async throws {
    try await Fleet.run { fleet async throws in
      let inside = try await fleet.enrol("Inner", duties: [.inventory])
      let update = InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: 1), takenAt: fleet.clock.now,
        interfaces: [InterfaceAddress(interface: "eth0", address: Self.address, prefixLength: 24)], listeners: [:])
      #expect(try await fleet.results.accept(update, from: inside) == .apply)
      let agent = try await able(fleet, "a")
      try await scan(fleet, agent, "web.example")
      let whileWeb = fleet.clock.now - .seconds(1)
      try await scan(fleet, agent, "shop.example")

      func found(_ text: String, asOf time: Timestamp? = nil) async throws -> (ports: Int, hosts: Int) {
        let query = try fleet.chart.query(text, asOf: time)
        return (
          try await fleet.chart.ports(query, after: nil, limit: 10).rows.count,
          try await fleet.chart.hosts(query, after: nil, limit: 10).rows.count
        )
      }
      for text in ["name:shop.example", "name:SHOP*", "name:inner", "not name:web.example", "port:80 name:*.example"] {
        #expect(try await found(text) == (1, 1), "\(text)")
      }
      for text in ["name:web.example", "name:shop", "not name:inner"] {
        #expect(try await found(text) == (0, 0), "\(text)")
      }
      #expect(try await found("name:web.example", asOf: whileWeb) == (1, 1))
      #expect(try await found("name:shop.example", asOf: whileWeb) == (0, 0))

      let rows = try await fleet.chart.ports(fleet.chart.query(""), after: nil, limit: 10).rows
      #expect(rows.map(\.names) == [["shop.example"]])
      let past = try await fleet.chart.ports(fleet.chart.query("", asOf: whileWeb), after: nil, limit: 10).rows
      #expect(past.map(\.names) == [["web.example"]])
    }
  }

  @Test("Late answers find their place: in whatever order they come, the names are the same")
  func namesCommute() async throws {
    let answers: [(offset: Int64, name: String?)] = [(0, "one"), (10, "one"), (20, nil), (30, "two"), (40, "two")]
    var kept: Set<[HostNameRun]> = []
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [3, 1, 4, 0, 2]] {
      try await Fleet.run { fleet async throws in
        let agent = try await able(fleet, "a")
        let start = fleet.clock.now
        fleet.clock.advance(by: .seconds(100))
        for index in order {
          try await scan(fleet, agent, answers[index].name, at: start + .seconds(answers[index].offset))
        }
        let told = try await fleet.chart.explain(host: Self.address, site: nil, own: nil).explanations[0].names
        #expect(told.map(\.run.name) == ["one", nil, "two"], "\(order)")
        kept.insert(
          told.map { named in
            var run = named.run
            run.job = nil
            return run
          })
      }
    }
    #expect(kept.count == 1)
  }

  @Test("A name server that answers otherwise each time does not pile up names")
  func boundsNames() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet, "a")
      for number in 0..<(HostNameMerge.most + 3) { try await scan(fleet, agent, "n\(number).example") }
      let told = try await fleet.chart.explain(host: Self.address, site: nil, own: nil).explanations[0].names
      #expect(told.count == HostNameMerge.most)
      #expect(told.first?.run.name == "n3.example")
      #expect(try await names(fleet) == ["n\(HostNameMerge.most + 2).example"])
    }
  }

  @Test("Zones may have other names; the agent that lives there tells its own first")
  func joinsNames() async throws {
    try await Fleet.run { fleet async throws in
      let inside = try await fleet.enrol("inner", duties: [.inventory])
      let update = InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: 1), takenAt: fleet.clock.now,
        interfaces: [InterfaceAddress(interface: "eth0", address: Self.address, prefixLength: 24)], listeners: [:])
      #expect(try await fleet.results.accept(update, from: inside) == .apply)
      for (zone, name) in [("lan", "web.lan"), ("dmz", "web.example")] {
        let agent = try await fleet.enrol(zone, zone: zone, duties: [.scan])
        try await fleet.hello(agent, minor: 3)
        _ = try await fleet.submit("10.0.0.1", ports: "80", zones: [zone]) { $0.looksUpNames = true }
        let grant = try #require(try await fleet.grant(agent))
        try await accept(fleet, grant, agent, [(Self.address, name, fleet.clock.now)])
        try await fleet.finish(grant, by: agent, chunks: 2)
      }
      #expect(try await names(fleet) == ["inner", "web.lan", "web.example"])
    }
  }

  @Test("Names come only where they are asked for, of hosts of the scan, from agents that know how")
  func refusesOthers() async throws {
    try await Fleet.run { fleet async throws in
      let old = try await fleet.enrol("old", duties: [.scan])
      try await fleet.hello(old, minor: 2)
      let asking = try await fleet.submit("10.0.0.1", ports: "80") { $0.looksUpNames = true }
      #expect(try await fleet.grant(old) == nil)
      let reason = try await fleet.scans.scan(asking).state.lanes[0].pendingReason
      #expect(reason?.contains("can do names (1 of an earlier version: update it)") ?? false, "\(reason ?? "")")

      let agent = try await able(fleet, "a")
      let grant = try #require(try await fleet.grant(agent))
      await fleet.expectRefusal(.invalidValue, at: "/names/0/host") {
        let chunk = ResultService.Chunk(
          number: 0, digest: [1], completed: [], sightings: [], runs: [],
          names: [.init(host: HostAddress(IPAddress(ipv4: 0x0a00_0002)), name: "x", observedAt: fleet.clock.now)])
        _ = try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent)
      }
      try await accept(fleet, grant, agent, [])
      try await fleet.finish(grant, by: agent, chunks: 2)

      _ = try await fleet.submit("10.0.0.1", ports: "80")
      let other = try #require(try await fleet.grant(old))
      #expect(!other.looksUpNames)
      await fleet.expectRefusal(.invalidValue, at: "/names/0") {
        let chunk = ResultService.Chunk(
          number: 0, digest: [1], completed: [], sightings: [], runs: [],
          names: [.init(host: HostAddress(Self.address), name: "x", observedAt: fleet.clock.now)])
        _ = try await fleet.results.accept(chunk, under: Fleet.claim(other), from: old)
      }
    }
  }
}
