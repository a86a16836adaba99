import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// New secrets for agents, and new hosts in their places.
@Suite struct CredentialTests {
  private func enrolled(_ fleet: Fleet) async throws -> (agent: AgentRecord, secret: String) {
    let token = try await fleet.access.issue(
      .join(site: nil, zone: "dmz", createZone: true, duties: [.scan], tags: ["t"], uses: 1), expiresIn: nil, note: nil)
    let (agent, secret, _) = try await fleet.places.enrol(Fleet.introduction("old"), joinToken: token.secret)
    return (agent, secret)
  }

  private func introduction(_ name: String, replaces: String?) -> FleetService.Introduction {
    .init(
      name: name, installation: "j", version: "2", hostName: "new-host", operatingSystem: "Linux", replaces: replaces)
  }

  @Test("A new secret works and the old one does not, from the moment it is made; the job goes back, no worse for it")
  func rekey() async throws {
    try await Fleet.run { fleet async throws in
      let (agent, old) = try await enrolled(fleet)
      #expect(try await fleet.places.agent(secret: old)?.id == agent.id)
      _ = try await fleet.submit(zones: ["dmz"])
      let grant = try #require(try await fleet.grant(agent))
      let new = try await fleet.places.rekey(agent.id)
      #expect(new != old)
      #expect(try await fleet.places.agent(secret: old) == nil)
      #expect(try await fleet.places.agent(secret: new)?.id == agent.id)
      await fleet.expectRefusal(.leaseLost) {
        _ = try await fleet.leases.renew(Fleet.claim(grant), by: agent, waiting: .zero)
      }
      let again = try #require(try await fleet.grant(agent))
      #expect(again.job == grant.job)
      #expect(try await fleet.context.store.read { try $0.job(grant.job)?.attempt } == 1)
      await fleet.expectRefusal(.notFound) { _ = try await fleet.places.rekey(AgentID(99)) }
      try await fleet.places.removeAgent(agent.id)
      await fleet.expectRefusal(.notFound) { _ = try await fleet.places.rekey(agent.id) }
    }
  }

  @Test("A request that waits under the old secret is given no work that comes later")
  func rekeyEndsWaits() async throws {
    try await Fleet.run { fleet async throws in
      let (agent, _) = try await enrolled(fleet)
      async let waiting = fleet.leases.grant(to: agent, probesPerSecond: nil, waiting: .seconds(600))
      while fleet.context.askers.count == 0 { await Task.yield() }
      _ = try await fleet.places.rekey(agent.id)
      let scan = try await fleet.submit(zones: ["dmz"])
      #expect(try await waiting == nil)
      #expect(try await fleet.grant(agent)?.scan == scan)
    }
  }

  @Test("A host takes an agent's place: name, zone, duties and tags stay, the old host's secret and job are gone")
  func replace() async throws {
    try await Fleet.run { fleet async throws in
      let (agent, old) = try await enrolled(fleet)
      _ = try await fleet.submit(zones: ["dmz"])
      let grant = try #require(try await fleet.grant(agent))
      let token = try await fleet.access.issueReplacement(of: agent.id, expiresIn: .seconds(60), note: nil)
      #expect(token.token.replaces == agent.id)
      // Until it is used the agent works on.
      #expect(try await fleet.places.agent(secret: old)?.id == agent.id)
      let (heir, secret, _) = try await fleet.places.enrol(
        introduction("whatever", replaces: "old"), joinToken: token.secret)
      #expect(heir.id == agent.id && heir.name == "old" && heir.zone == agent.zone)
      #expect(heir.duties == [.scan] && heir.tags == ["t"] && heir.hostName == "new-host" && heir.version == "2")
      #expect(try await fleet.places.agent(secret: old) == nil)
      #expect(try await fleet.places.agent(secret: secret)?.hostName == "new-host")
      await fleet.expectRefusal(.leaseLost) { try await fleet.finish(grant, by: agent, chunks: 0) }
      #expect(try await fleet.grant(heir)?.job == grant.job)
      await fleet.expectRefusal(.forbidden) {
        _ = try await fleet.places.enrol(introduction("again", replaces: "old"), joinToken: token.secret)
      }
    }
  }

  @Test("The old host's inside view leaves the chart, and its successor's inventory is taken whole")
  func replaceForgetsInventory() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let key = ListenerRecord.Key(
        transport: .tcp, address: try #require(IPAddress("0.0.0.0")), port: Port(22), interface: "")
      let content = ListenerContent(
        isIPv6Only: false, uid: 0, user: "root", inode: 1, processes: [ListeningProcess(pid: 7, name: "sshd")],
        ownerUnknownReason: nil, unit: nil)
      func send(_ agent: AgentRecord, epoch: String) async throws -> InventoryUpdate.Decision {
        try await fleet.results.accept(
          InventoryUpdate(
            position: InventoryPosition(epoch: epoch, sequence: 1), takenAt: fleet.clock.now,
            interfaces: [
              InterfaceAddress(interface: "eth0", address: IPAddress(ipv4: 0x0a00_0001), prefixLength: 24)
            ], listeners: [key: content]), from: agent)
      }
      #expect(try await send(agent, epoch: "one") == .apply)
      let token = try await fleet.access.issueReplacement(of: agent.id, expiresIn: .seconds(60), note: nil)
      let (heir, _, _) = try await fleet.places.enrol(
        introduction("b", replaces: agent.id.description), joinToken: token.secret)
      #expect(try await fleet.chart.listeners(ChartQuery(), after: nil, limit: 9).rows.isEmpty)
      let known = try await fleet.places.agents().agents
      #expect(known.map(\.addresses) == [[]])
      #expect(try await send(heir, epoch: "two") == .apply)
      #expect(try await fleet.chart.listeners(ChartQuery(), after: nil, limit: 9).rows.count == 1)
    }
  }

  @Test("A join token is for new agents or for one agent's place, never for both")
  func tokensAreBound() async throws {
    try await Fleet.run { fleet async throws in
      let (agent, old) = try await enrolled(fleet)
      _ = try await fleet.enrol("other", zone: "dmz")
      let open = try await fleet.access.issue(
        .join(site: nil, zone: "dmz", createZone: false, duties: [.scan], tags: [], uses: nil), expiresIn: nil,
        note: nil)
      let bound = try await fleet.access.issueReplacement(of: agent.id, expiresIn: .seconds(60), note: nil)
      for (token, replaces) in [
        (open.secret, "old"), (open.secret, agent.id.description), (bound.secret, nil), (bound.secret, "other"),
        (bound.secret, "agent:99"),
      ] {
        await fleet.expectRefusal(.forbidden, at: "/replaces") {
          _ = try await fleet.places.enrol(introduction("new", replaces: replaces), joinToken: token)
        }
      }
      #expect(try await fleet.places.agent(secret: old)?.id == agent.id)
      try await fleet.places.removeAgent(agent.id)
      await fleet.expectRefusal(.forbidden, at: "/replaces") {
        _ = try await fleet.places.enrol(introduction("new", replaces: "old"), joinToken: bound.secret)
      }
      await fleet.expectRefusal(.notFound) {
        _ = try await fleet.access.issueReplacement(of: agent.id, expiresIn: .seconds(60), note: nil)
      }
    }
  }
}
