import Model
import Testing

@testable import CoordinatorCore

/// What every store must answer about the chart.
@Suite struct ChartConformanceTests {
  private static let host = ChartHost(
    site: StoreFixture.site, scope: .site, address: IPAddress(ipv4: 0x0a00_0005))
  private static let content = ListenerContent(
    isIPv6Only: true, uid: .max, user: "ü", inode: .max,
    processes: [
      ListeningProcess(
        pid: 7, name: "sshd", executable: "/usr/sbin/sshd", user: "root", startTime: StoreFixture.start,
        parentPid: 1, commandLine: "/usr/sbin/sshd -D")
    ],
    ownerUnknownReason: "why", unit: "ssh.service", namespaceName: "/run/netns/web", container: "0123456789ab")

  private func view(_ zone: ZoneID, agent: AgentID, job: JobID? = nil) -> ZoneView {
    ZoneView(
      zone: zone, state: .openOrFiltered, reason: .noResponse, isSelfView: true, observedAt: StoreFixture.start,
      firstSeen: StoreFixture.start - .seconds(5), lastSeen: nil, differedAt: StoreFixture.start - .seconds(1),
      job: job, agent: agent)
  }

  @Test("Endpoints keep their views and their summary")
  func keepsEndpoints() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    let (id, summary, views) = try await fixture.store.change { session throws in
      let second = try session.insertZone(name: "dmz", site: StoreFixture.site, at: StoreFixture.start).id
      let listener = try session.insertListener(
        agent: agent, key: .init(transport: .tcp, address: .ipv6Unspecified, port: 22, interface: ""),
        content: Self.content, at: StoreFixture.start)
      let id = try session.insertEndpoint(Self.host, transport: .sctp, port: 65_535)
      let views = [view(StoreFixture.zone, agent: agent), view(second, agent: agent)]
      for view in views { try session.setView(view, of: id, at: Self.host) }
      let summary = EndpointSummary(
        state: .openOrFiltered, reason: .noResponse, verdict: .ownerUnknown, zone: second,
        otherZones: [StoreFixture.zone], isSelfView: true, listener: listener, insideAgent: agent,
        firstSeen: StoreFixture.start, lastSeen: StoreFixture.start, differedAt: StoreFixture.start)
      try session.setSummary(summary, of: id, at: Self.host)
      return (id, summary, views)
    }
    let expected = EndpointRecord(id: id, transport: .sctp, port: 65_535, views: views, summary: summary)
    #expect(try await fixture.store.read { try $0.endpoints(of: Self.host) } == [expected])
    try await fixture.store.change { try $0.removeEndpoint(id, at: Self.host) }
    #expect(try await fixture.store.read { try $0.endpoints(of: Self.host) }.isEmpty)
  }

  @Test("Endpoints are found by their ports")
  func findsEndpointsByPort() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    try await fixture.store.change { session throws in
      for port in [1, 22, 80, 443] as [Port] {
        _ = try session.insertEndpoint(
          Self.host, transport: .tcp, port: port, views: [view(StoreFixture.zone, agent: agent)])
      }
      _ = try session.insertEndpoint(Self.host, transport: .udp, port: 53)
      let found = try session.endpoints(of: Self.host, transport: .tcp, ports: 22...80)
      #expect(found.map(\.port) == [22, 80])
      #expect(found.allSatisfy { $0.views == [view(StoreFixture.zone, agent: agent)] })
      #expect(try session.endpoints(of: Self.host, transport: .udp, ports: 0...52).isEmpty)
    }
  }

  @Test("A zone's view is replaced by its next")
  func replacesViews() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    try await fixture.store.change { session throws in
      let id = try session.insertEndpoint(Self.host, transport: .tcp, port: 1)
      try session.setView(view(StoreFixture.zone, agent: agent), of: id, at: Self.host)
      var next = view(StoreFixture.zone, agent: agent)
      next.state = .open
      try session.setView(next, of: id, at: Self.host)
      #expect(try session.endpoints(of: Self.host).first?.views == [next])
      // Seen again, by itself or with what else there is to say.
      for change in [
        { $0.observedAt = $0.observedAt + .seconds(1) }, { $0.lastSeen = $0.observedAt + .seconds(2) },
        { $0.job = nil }, { $0.differedAt = $0.observedAt }, { $0.reason = .udpResponse },
        { $0.firstSeen = $0.observedAt - .seconds(9) }, { $0.heldReason = .synAck }, { $0.sameSince = $0.observedAt },
        { $0.state = .closed },
      ] as [(inout ZoneView) -> Void] {
        change(&next)
        try session.setView(next, of: id, at: Self.host)
        #expect(try session.endpoints(of: Self.host).first?.views == [next])
      }
    }
  }

  @Test("Listeners keep their key and content; a removed one leaves its endpoints")
  func keepsListeners() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    let key = ListenerRecord.Key(transport: .udp, address: .ipv6Loopback, port: 53, interface: "eth0")
    let id = try await fixture.store.change { session throws in
      try session.insertListener(agent: agent, key: key, content: Self.content, at: StoreFixture.start)
    }
    let later = StoreFixture.start + .seconds(9)
    var record = ListenerRecord(
      id: id, agent: agent, key: key, content: Self.content, firstSeen: StoreFixture.start,
      lastSeen: StoreFixture.start)
    #expect(try await fixture.store.read { try $0.listeners(of: agent) } == [record])
    record.content.processes = []
    record.content.user = nil
    record.lastSeen = later
    let changed = record.content
    try await fixture.store.change { try $0.setListener(id, content: changed, seenAt: later) }
    #expect(try await fixture.store.read { try $0.listeners(of: agent) } == [record])
    let query = ChartQuery()
    #expect(try await fixture.store.read { try $0.listenerRows(query, after: nil, limit: 9) } == [record])
    try await fixture.store.change { session throws in
      let endpoint = try session.insertEndpoint(Self.host, transport: .udp, port: 53)
      try session.setSummary(
        EndpointSummary(
          state: nil, reason: nil, verdict: .unverified, zone: nil, otherZones: [], isSelfView: false, listener: id,
          insideAgent: agent, firstSeen: nil, lastSeen: nil, differedAt: nil), of: endpoint, at: Self.host)
      try session.removeListener(id)
      #expect(try session.listeners(of: agent).isEmpty)
      #expect(try session.endpoints(of: Self.host).map(\.summary.listener) == [nil])
    }
  }

  @Test("A port may be listened on in each network namespace, and all that is left is seen at once")
  func tellsNamespacesApart() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    let keys = [nil, 1, UInt64.max].map {
      ListenerRecord.Key(transport: .tcp, address: .ipv4Unspecified, port: 80, interface: "", namespace: $0)
    }
    let later = StoreFixture.start + .seconds(9)
    try await fixture.store.change { session throws in
      for key in keys {
        _ = try session.insertListener(agent: agent, key: key, content: Self.content, at: StoreFixture.start)
      }
      try session.setListenersSeen(of: agent, at: later)
    }
    let found = try await fixture.store.read { try $0.listeners(of: agent) }
    #expect(Set(found.map(\.key)) == Set(keys))
    #expect(found.allSatisfy { $0.firstSeen == StoreFixture.start && $0.lastSeen == later })
  }

  @Test("A listener keeps the time at which it last had a connection; an agent its peers")
  func keepsConnections() async throws {
    let fixture = try await StoreFixture()
    let agent = fixture.agent
    let key = ListenerRecord.Key(transport: .tcp, address: .ipv4Unspecified, port: 80, interface: "")
    let peers = PeerSummary(
      networks: [.init(address: IPAddress(ipv4: 0x0a00_0000), prefixLength: 24, outboundPort: 443, connections: 3)],
      others: 1)
    try await fixture.store.change { session throws in
      var content = Self.content
      let id = try session.insertListener(agent: agent, key: key, content: content, at: StoreFixture.start)
      for (second, count) in [nil, 2, 0].enumerated() {
        let time = StoreFixture.start + .seconds(second)
        content.connections = count
        try session.setListener(id, content: content, seenAt: time)
        try session.setListenersSeen(of: agent, at: time)
        let found = try #require(try session.listeners(of: agent).first)
        #expect(found.content.connections == count && found.lastSeen == time)
        #expect(found.lastConnectionAt == (second == 0 ? nil : StoreFixture.start + .seconds(1)))
      }
      #expect(try session.peers(of: agent) == nil)
      try session.setPeers(peers, of: agent)
      #expect(try session.peers(of: agent) == peers)
      try session.setPeers(nil, of: agent)
      #expect(try session.peers(of: agent) == nil)
    }
  }

  @Test("An address that just one agent of the site has is where that agent lives")
  func findsWhoLivesThere() async throws {
    let fixture = try await StoreFixture()
    let first = fixture.agent
    let own = [InterfaceAddress(interface: "eth0", address: Self.host.address, prefixLength: 24)]
    let second = try await fixture.store.change { session throws in
      try session.setInterfaces(own, of: first, at: StoreFixture.start)
      #expect(try session.agentLiving(at: Self.host) == first)
      let loopback = ChartHost(
        site: StoreFixture.site, scope: .host(first, interface: "lo"), address: .ipv4Loopback)
      #expect(try session.agentLiving(at: loopback) == first)
      let second = try session.insertAgent(StoreFixture.newAgent("second"))
      try session.setInterfaces(own, of: second, at: StoreFixture.start)
      return second
    }
    #expect(try await fixture.store.read { try $0.agentLiving(at: Self.host) } == nil)
    try await fixture.store.change { try $0.removeAgent(first, at: StoreFixture.start) }
    #expect(try await fixture.store.read { try $0.agentLiving(at: Self.host) } == second)
  }
}
