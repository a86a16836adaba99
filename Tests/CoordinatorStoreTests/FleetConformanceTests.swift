import Model
import Testing

@testable import CoordinatorCore

/// What every store must answer about sites, zones, agents, tokens and scope rules.
@Suite struct FleetConformanceTests {
  @Test("Sites and zones are read as they were written")
  func keepsPlaces() async throws {
    let fixture = try await StoreFixture()
    let (site, zone) = try await fixture.store.change { session throws in
      let site = try session.insertSite(name: "branch", at: StoreFixture.start)
      return (site, try session.insertZone(name: "dmz", site: site.id, at: StoreFixture.start))
    }
    try await fixture.store.read { session throws in
      #expect(try session.sites().contains(site))
      #expect(try session.zones().contains(zone))
    }
    await #expect(throws: StoreError.self, "a zone lies in a site that there is") {
      try await fixture.store.change { try $0.insertZone(name: "x", site: SiteID(99), at: StoreFixture.start) }
    }
  }

  @Test("An agent is read as it was written, by id, by secret and in the list")
  func keepsAgents() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    let interfaces = [
      InterfaceAddress(interface: "eth0", address: IPAddress(ipv4: 0x0a00_0005), prefixLength: 24),
      InterfaceAddress(interface: "lo", address: .ipv6Loopback, prefixLength: 128),
    ]
    try await fixture.store.change { session throws in
      try session.markSeen(agent, at: StoreFixture.start + .seconds(3))
      try session.setPace(agent, probesPerSecond: 1_234.5)
      try session.setInterfaces(interfaces, of: agent, at: StoreFixture.start)
      let position = InventoryPosition(epoch: "boot", sequence: 7)
      let time = StoreFixture.start + .seconds(2)
      try session.setInventory(of: agent, position: position, at: time, ownersVerifiedAt: time + .seconds(1))
      #expect(try session.inventoryPosition(of: agent) == position)
      let times = try session.inventoryTimes(of: agent)
      #expect(times.sampledAt == time && times.ownersVerifiedAt == time + .seconds(1))
    }
    let expected = AgentRecord(
      id: agent, name: "first", site: StoreFixture.site, zone: StoreFixture.zone, installation: "installation-first",
      duties: [.scan, .inventory], tags: ["a", "b"], version: "1.0", hostName: "first.example",
      operatingSystem: "Linux", enrolledAt: StoreFixture.start, lastSeen: StoreFixture.start + .seconds(3),
      removedAt: nil, inventoryAt: StoreFixture.start + .seconds(2), probesPerSecond: 1_234.5)
    try await fixture.store.read { session throws in
      #expect(try session.agent(agent) == expected)
      #expect(try session.agent(secretHash: Array("hash of first".utf8)) == expected)
      #expect(try session.agents(includingRemoved: false) == [expected])
      #expect(try session.interfaces(of: agent) == interfaces)
      #expect(try session.agent(secretHash: [1]) == nil)
    }
  }

  @Test("Scanning agents are counted by what a placement asks of them")
  func groupsAgents() async throws {
    let fixture = try await StoreFixture()
    let start = StoreFixture.start
    try await fixture.store.change { session throws in
      try session.removeAgent(fixture.agent, at: start)
      for number in 0..<6 {
        var agent = StoreFixture.newAgent("agent-\(number)")
        if number == 5 { agent.duties = [.inventory] }
        let id = try session.insertAgent(agent)
        if number < 3 { try session.markSeen(id, at: start + .seconds(number)) }
        if number == 4 { try session.setDrained(id, at: start) }
      }
    }
    try await fixture.store.read { session throws in
      let times = (start + .seconds(1))...(start + .seconds(9))
      let groups = try session.scanningAgents(site: StoreFixture.site, zone: nil, heardIn: times)
      #expect(Set(groups.map(\.count)) == [4, 1])
      #expect(groups.first { $0.count == 4 }?.presentCount == 2)
      #expect(groups.first { $0.count == 1 }?.example.drainedAt == start)
      #expect(groups.allSatisfy { $0.example.tags == ["a", "b"] })
      #expect(try session.scanningAgents(site: StoreFixture.site, zone: StoreFixture.zone, heardIn: times).count == 2)
      #expect(try session.scanningAgents(site: StoreFixture.site, zone: ZoneID(99), heardIn: times).isEmpty)
    }
  }

  @Test("A removed agent's secret stops working, its addresses go, and its name is free again")
  func removesAgents() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    try await fixture.store.change { session throws in
      try session.setInterfaces(
        [InterfaceAddress(interface: "lo", address: .ipv4Loopback, prefixLength: 8)], of: agent, at: StoreFixture.start)
      try session.removeAgent(agent, at: StoreFixture.start)
    }
    try await fixture.store.read { session throws in
      #expect(try session.agent(secretHash: Array("hash of first".utf8)) == nil)
      #expect(try session.agents(includingRemoved: false).isEmpty)
      #expect(try session.agents(includingRemoved: true).map(\.removedAt) == [StoreFixture.start])
      #expect(try session.interfaces(of: agent).isEmpty)
    }
    _ = try await fixture.store.change { try $0.insertAgent(StoreFixture.newAgent("first")) }
    await #expect(throws: StoreError.self, "two agents of a site with one name") {
      try await fixture.store.change { try $0.insertAgent(StoreFixture.newAgent("first")) }
    }
  }

  @Test("Tokens of both kinds are read as they were written, by id and by hash")
  func keepsTokens() async throws {
    let fixture = try await StoreFixture()
    let end = StoreFixture.start + .seconds(60)
    let join = TokenRecord.Grant.join(zone: StoreFixture.zone, duties: [.scan], tags: ["t"], usesAllowed: 2)
    let api = TokenRecord.Grant.api(role: .operating, site: StoreFixture.site)
    let (first, second) = try await fixture.store.change { session throws in
      let first = try session.insertToken(grant: join, hash: [1], note: "n", at: StoreFixture.start, expiresAt: end)
      let second = try session.insertToken(grant: api, hash: [2], note: nil, at: StoreFixture.start, expiresAt: nil)
      try session.countUse(of: first)
      try session.revokeToken(second, at: end)
      return (first, second)
    }
    try await fixture.store.read { session throws in
      let tokens = [
        TokenRecord(
          id: first, grant: join, usesMade: 1, note: "n", createdAt: StoreFixture.start, expiresAt: end, revokedAt: nil),
        TokenRecord(
          id: second, grant: api, usesMade: 0, note: nil, createdAt: StoreFixture.start, expiresAt: nil, revokedAt: end),
      ]
      #expect(try session.tokens() == tokens)
      #expect(try session.token(first) == tokens.first)
      #expect(try session.token(hash: [2]) == tokens.last)
      #expect(try session.token(hash: [3]) == nil)
    }
  }

  @Test("Scope rules are read as they were written, networks, ranges and widest prefix included")
  func keepsScopeRules() async throws {
    let fixture = try await StoreFixture()
    let everything = AddressRange(network: .ipv6Unspecified, prefixLength: 0)
    var rule = ScopeRule(
      id: ScopeRuleID(0), name: "all", action: .exclude,
      networks: [
        AddressRange(network: IPAddress(ipv4: 0x0a00_0000), prefixLength: 8), AddressRange(.ipv6Loopback), everything,
        AddressRange(IPAddress(ipv4: 0x0a00_0005), IPAddress(ipv4: 0x0a00_0009)),
        AddressRange(network: .ipv4Unspecified, prefixLength: 0),
      ], ports: "T:80", site: StoreFixture.site, note: "why", until: StoreFixture.start + .seconds(9),
      createdAt: StoreFixture.start)
    let written = rule
    let id = try await fixture.store.change { try $0.insertScopeRule(written) }
    rule.id = id
    #expect(try await fixture.store.read { try $0.scopeRules() }.last == rule)
    try await fixture.store.change { try $0.removeScopeRule(id) }
    #expect(try await fixture.store.read { try $0.scopeRules() }.contains { $0.id == id } == false)
  }
}
