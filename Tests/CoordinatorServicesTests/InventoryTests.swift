import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

@Suite struct InventoryTests {
  private static let own = IPAddress(ipv4: 0x0a00_0005)
  private static let interfaces = [
    InterfaceAddress(interface: "lo", address: .ipv4Loopback, prefixLength: 8),
    InterfaceAddress(interface: "eth0", address: own, prefixLength: 24),
  ]

  private static func content(_ process: String?) -> ListenerContent {
    ListenerContent(
      isIPv6Only: false, uid: 0, user: "root", inode: 1,
      processes: process.map { [ListeningProcess(pid: 7, name: $0)] } ?? [],
      ownerUnknownReason: process == nil ? "not permitted" : nil, unit: nil)
  }

  private static func key(_ port: Port, on address: IPAddress = .ipv4Unspecified) -> ListenerRecord.Key {
    .init(transport: .tcp, address: address, port: port, interface: "")
  }

  private func send(
    _ listeners: [ListenerRecord.Key: ListenerContent], from agent: AgentRecord, sequence: Int64 = 1, in fleet: Fleet
  ) async throws {
    _ = try await fleet.results.accept(
      InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: sequence), takenAt: fleet.clock.now,
        interfaces: Self.interfaces, listeners: listeners), from: agent)
  }

  private func verdicts(_ fleet: Fleet, _ query: String = "") async throws -> [Port: Verdict] {
    let rows = try await fleet.rows(query).filter { $0.host.address == Self.own }
    return Dictionary(uniqueKeysWithValues: rows.compactMap { row in row.summary.verdict.map { (row.port, $0) } })
  }

  /// A host with an agent, scanned by another agent: 1 known and open, 2 unknown and open, 3 open without listener,
  /// 4 known and closed, 5 known and not covered, 6 on loopback.
  private func withScannedHost(_ body: (Fleet, AgentRecord, AgentRecord) async throws -> Void) async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host")
      let scanner = try await fleet.enrol("scanner")
      try await send(
        [
          Self.key(1): Self.content("sshd"), Self.key(2): Self.content(nil), Self.key(4): Self.content("nginx"),
          Self.key(5): Self.content("redis"), Self.key(6, on: .ipv4Loopback): Self.content("cups"),
        ], from: host, in: fleet)
      _ = try await fleet.submit("10.0.0.5,10.0.0.6", ports: "1-4")
      try await fleet.workThrough(scanner, open: Set([1, 2, 3].map { ProtocolPort(.tcp, $0) }))
      try await body(fleet, host, scanner)
    }
  }

  @Test("An own address that no inventory names is judged by what listens there, once it is seen again")
  func judgesOwnAddresses() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("host")
      func verdict() async throws -> Verdict? {
        _ = try await fleet.submit("127.0.0.9", ports: "22")
        try await fleet.workThrough(agent, open: [ProtocolPort(.tcp, 22)])
        fleet.clock.advance(by: .seconds(1))
        let rows = try await fleet.rows("").filter { $0.host.address == IPAddress(ipv4: 0x7f00_0009) }
        return rows.first?.summary.verdict
      }
      #expect(try await verdict() == .noInsideView)
      try await send([Self.key(22): Self.content("sshd")], from: agent, in: fleet)
      #expect(try await verdict() == .localOnly)
    }
  }

  @Test("Views and listeners meet in one verdict an endpoint")
  func judges() async throws {
    try await withScannedHost { fleet, host, _ async throws in
      let expected: [Port: Verdict] = [
        1: .exposed, 2: .ownerUnknown, 3: .forwarded, 4: .shielded, 5: .unverified,
      ]
      #expect(try await verdicts(fleet) == expected)
      let other = try await fleet.rows("net:10.0.0.6")
      #expect(other.map(\.summary.verdict) == [.noInsideView, .noInsideView, .noInsideView])
      let local = try await fleet.rows("verdict:local-only")
      #expect(local.contains { $0.port == 6 && $0.host.address == .ipv4Loopback && $0.host.scope.agent == host.id })
      let exposed = try #require(try await fleet.rows("verdict:exposed").first)
      #expect(exposed.listener?.processes.map(\.name) == ["sshd"])
      #expect(exposed.insideAgentName == "host")
    }
  }

  @Test("The order in which views and inventory come does not matter")
  func joinsInEitherOrder() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host")
      let scanner = try await fleet.enrol("scanner")
      _ = try await fleet.submit("10.0.0.5", ports: "1-4")
      try await fleet.workThrough(scanner, open: Set([1, 2, 3].map { ProtocolPort(.tcp, $0) }))
      #expect(Set(try await verdicts(fleet).values) == [.noInsideView])
      try await send(
        [
          Self.key(1): Self.content("sshd"), Self.key(2): Self.content(nil), Self.key(4): Self.content("nginx"),
          Self.key(5): Self.content("redis"),
        ], from: host, in: fleet)
      let expected: [Port: Verdict] = [
        1: .exposed, 2: .ownerUnknown, 3: .forwarded, 4: .shielded, 5: .unverified,
      ]
      #expect(try await verdicts(fleet) == expected)
    }
  }

  @Test("An agent's view of its own address proves no exposure")
  func distrustsSelfViews() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host")
      try await send([Self.key(1): Self.content("sshd")], from: host, in: fleet)
      _ = try await fleet.submit("10.0.0.5", ports: "1-2")
      let grant = try #require(try await fleet.grant(host))
      let chunk = try await fleet.chunk(
        grant, number: 0, grant.blocks.map(\.rectangle), open: [ProtocolPort(.tcp, 1), ProtocolPort(.tcp, 2)],
        isSelfView: true)
      #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: host))
      #expect(try await verdicts(fleet) == [1: .unverified, 2: .ownerUnknown])
    }
  }

  @Test("An inventory that is too old proves nothing any more")
  func ages() async throws {
    try await withScannedHost { fleet, host, _ async throws in
      fleet.clock.advance(by: Fleet.settings.inventoryMaximumAge + .seconds(1))
      let aged = try await verdicts(fleet)
      #expect(aged[1] == .noInsideView && aged[2] == .noInsideView && aged[3] == .noInsideView)
      #expect(try await fleet.rows("verdict:exposed").isEmpty)
      try await send([Self.key(1): Self.content("sshd")], from: host, sequence: 2, in: fleet)
      #expect(try await verdicts(fleet)[1] == .exposed)
    }
  }

  @Test("A listener that is gone changes the verdict, and its uncovered endpoint leaves the chart")
  func forgetsListeners() async throws {
    try await withScannedHost { fleet, host, _ async throws in
      try await send([Self.key(4): Self.content("nginx")], from: host, sequence: 2, in: fleet)
      #expect(try await verdicts(fleet) == [1: .forwarded, 2: .forwarded, 3: .forwarded, 4: .shielded])
      #expect(try await fleet.rows("port:5").isEmpty)
    }
  }

  @Test("An inventory that was overtaken changes nothing")
  func ignoresOldInventories() async throws {
    try await withScannedHost { fleet, host, _ async throws in
      try await send([Self.key(1): Self.content("new")], from: host, sequence: 5, in: fleet)
      try await send([:], from: host, sequence: 4, in: fleet)
      let rows = try await fleet.rows("port:1 verdict:exposed")
      #expect(rows.first?.listener?.processes.map(\.name) == ["new"])
    }
  }

  @Test("A removed agent takes its inside view and its secret with it, and its job goes back")
  func forgetsRemovedAgents() async throws {
    try await withScannedHost { fleet, host, scanner async throws in
      let scan = try await fleet.submit("10.0.9.1", ports: "1")
      let grant = try #require(try await fleet.grant(host))
      try await fleet.places.removeAgent(host.id)
      #expect(Set(try await verdicts(fleet).values) == [.noInsideView])
      #expect(try await fleet.rows("verdict:local-only").isEmpty)
      #expect(try await fleet.chart.listeners(ChartQuery(), after: nil, limit: 9).rows.isEmpty)
      await fleet.expectRefusal(.leaseLost) { try await fleet.finish(grant, by: host, chunks: 0) }
      #expect(try await fleet.grant(scanner)?.scan == scan)
      await fleet.expectRefusal(.notFound) { try await fleet.places.removeAgent(host.id) }
    }
  }

  @Test("Listeners are asked for by what can be asked of them")
  func queriesListeners() async throws {
    try await withScannedHost { fleet, _, _ async throws in
      func ports(_ query: String) async throws -> Set<Port> {
        Set(try await fleet.chart.listeners(fleet.chart.query(query), after: nil, limit: 9).rows.map(\.key.port))
      }
      #expect(try await ports("proc:sshd") == [1])
      #expect(try await ports("net:127.0.0.0/8") == [6])
      #expect(try await ports("port:4..5 agent:host") == [4, 5])
      #expect(try await ports("zone:default") == [1, 2, 4, 5, 6])
      #expect(try await ports("zone:nowhere").isEmpty)
      #expect(try await ports("site:default user:root port:1") == [1])
    }
  }

  @Test("A host's view of itself does not replace what others see")
  func keepsSelfViewsApart() async throws {
    try await withScannedHost { fleet, host, _ async throws in
      let before = try await verdicts(fleet)
      fleet.clock.advance(by: .seconds(1))
      _ = try await fleet.submit("10.0.0.5", ports: "1-4")
      let grant = try #require(try await fleet.grant(host))
      let all = Set((1...4).map { ProtocolPort(.tcp, Port($0)) })
      let chunk = try await fleet.chunk(
        grant, number: 0, grant.blocks.map(\.rectangle), open: all, isSelfView: true)
      _ = try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: host)
      #expect(try await verdicts(fleet) == before)
    }
  }

  @Test("What listens in another network namespace is listed, and no exposure of the host")
  func keepsNamespacesApart() async throws {
    try await withScannedHost { fleet, host, _ async throws in
      var inside = Self.content("nginx")
      inside.namespaceName = "/run/netns/web"
      inside.container = "0123456789ab"
      var foreign = Self.key(3)
      foreign.namespace = 4_026_532_001
      var both = Self.key(1)
      both.namespace = 4_026_532_001
      try await send(
        [Self.key(1): Self.content("sshd"), foreign: inside, both: inside], from: host, sequence: 2, in: fleet)
      #expect(try await verdicts(fleet) == [1: .exposed, 2: .forwarded, 3: .forwarded])
      #expect(try await fleet.rows("port:3 verdict:forwarded").first?.listener == nil)
      let exposed = try await fleet.rows("port:1 verdict:exposed")
      #expect(exposed.map { $0.listener?.processes.map(\.name) } == [["sshd"]])
      let listed = try await fleet.chart.listeners(ChartQuery(), after: nil, limit: 9).rows
      #expect(Set(listed.map(\.key)) == [Self.key(1), foreign, both])
      #expect(listed.first { $0.key == foreign }?.content == inside)
    }
  }

  @Test("A delta whose base is not held changes nothing and is told so")
  func refusesBaselessDeltas() async throws {
    try await withScannedHost { fleet, host, _ async throws in
      let before = try await fleet.chart.listeners(ChartQuery(), after: nil, limit: 9).rows
      fleet.clock.advance(by: .seconds(60))
      var update = InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: 3), takenAt: fleet.clock.now, interfaces: [],
        listeners: [Self.key(9): Self.content("new")], delta: .init(baseSequence: 2))
      #expect(try await fleet.results.accept(update, from: host) == .needsFull)
      #expect(try await fleet.chart.listeners(ChartQuery(), after: nil, limit: 9).rows == before)
      update.delta?.baseSequence = 1
      #expect(try await fleet.results.accept(update, from: host) == .apply)
      let after = try await fleet.chart.listeners(ChartQuery(), after: nil, limit: 9).rows
      #expect(after.count == before.count + 1)
      #expect(after.allSatisfy { $0.lastSeen == fleet.clock.now })
      #expect(try await fleet.results.accept(update, from: host) == .isKnown)
      #expect(try await fleet.chart.listeners(ChartQuery(), after: nil, limit: 9).rows == after)
    }
  }

  @Test("A socket bound to a device owns its port on that device alone")
  func tellsDevicesApart() async throws {
    try await Fleet.run { fleet async throws in
      let host = try await fleet.enrol("host")
      let addresses = [IPAddress(ipv4: 0x0a02_0001), IPAddress(ipv4: 0x0a03_0001)]
      let interfaces = zip(["eth0", "eth1"], addresses).map {
        InterfaceAddress(interface: $0, address: $1, prefixLength: 24)
      }
      let listeners = Dictionary(
        uniqueKeysWithValues: ["eth0", "eth1"].map { name in
          (
            ListenerRecord.Key(transport: .tcp, address: .ipv4Unspecified, port: 53, interface: name),
            Self.content("dns-\(name)")
          )
        })
      _ = try await fleet.results.accept(
        InventoryUpdate(
          position: InventoryPosition(epoch: "boot", sequence: 1), takenAt: fleet.clock.now, interfaces: interfaces,
          listeners: listeners), from: host)
      let owners = try await fleet.rows("").map { ($0.host.address, $0.listener?.processes.map(\.name)) }
      #expect(owners.map(\.0) == addresses)
      #expect(owners.map(\.1) == [["dns-eth0"], ["dns-eth1"]])
    }
  }
}
