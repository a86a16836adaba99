import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Scans that ask more of an agent than TCP connects over IPv4.
@Suite struct CapabilityTests {
  private static func placement(_ fleet: Fleet, _ scan: ScanID) async throws -> ScanPlacement {
    try await fleet.scans.scan(scan).state.record.request.placement
  }

  @Test("What is asked for decides what an agent must be able to do")
  func tellsNeeds() async throws {
    try await Fleet.run { fleet async throws in
      func needs(_ ports: String, _ change: (inout ScanService.Submission) -> Void) async throws
        -> Set<AgentCapability>
      {
        try await Self.placement(fleet, fleet.submit("10.0.0.1", ports: ports, change)).needs
      }
      #expect(try await needs("80") { _ in } == [])
      #expect(try await needs("53") { $0.transports = [.udp] } == [.udp])
      #expect(try await needs("T:80") { $0.transports = [.udp] } == [])
      #expect(try await needs("80") { $0.identifies = true } == [.identification])
      let both: Set<AgentCapability> = [.udp, .identification]
      #expect(
        try await needs("53") {
          $0.transports = [.tcp, .udp]
          $0.identifies = true
        } == both)
      #expect(
        try await needs("53") {
          $0.transports = [.udp]
          $0.identifies = true
        } == [.udp], "a UDP port answers in its own protocol, and is asked no further")
    }
  }

  @Test("Ports without a letter are those of the protocols asked for; the default ports too")
  func readsPorts() async throws {
    try await Fleet.run { fleet async throws in
      func ports(_ text: String?, _ transports: Set<TransportProtocol>) async throws -> PortSelection {
        let scan = try await fleet.submit("10.0.0.1") {
          $0.ports = text
          $0.transports = transports
        }
        return try fleet.context.spaces.space(of: try await fleet.scans.scan(scan).state.record).ports
      }
      #expect(try await ports(nil, [.udp]) == .top(1_000, [.udp]))
      #expect(try await ports("top-10", [.tcp, .udp]) == .top(10, [.tcp, .udp]))
      let mixed = PortSelection(tcp: PortSet(ports: [80]), udp: PortSet(ports: [53]))
      #expect(try await ports("U:53,T:80", [.udp]) == mixed)
      let refused: [(String, Set<TransportProtocol>, String)] = [
        ("U:53", [.tcp], "/ports"), ("S:80", [.tcp], "/ports"), ("P:1", [.udp], "/ports"),
        ("80", [.sctp], "/transports"), ("80", [], "/transports"),
      ]
      for (text, transports, pointer) in refused {
        await fleet.expectRefusal(.invalidValue, at: pointer) { _ = try await ports(text, transports) }
      }
      let left = try await fleet.submit("10.0.0.1", ports: "53,123") {
        $0.transports = [.udp]
        $0.excludedPorts = "123"
      }
      #expect(try await fleet.scans.scan(left).state.record.request.ports == "U:53")
    }
  }

  @Test("Exclusions of the scope hold for UDP ports")
  func keepsScope() async throws {
    try await Fleet.run { fleet async throws in
      _ = try await fleet.access.addScopeRule(
        .exclude, networks: ["10.0.0.1"], name: "snmp", note: "it hangs", site: nil, ports: "U:161", until: nil)
      await fleet.expectRefusal(.outOfScope, at: "/ports") {
        _ = try await fleet.submit("10.0.0.1", ports: "161") { $0.transports = [.udp] }
      }
      _ = try await fleet.submit("10.0.0.1", ports: "161")
    }
  }

  @Test(
    "An agent that cannot, or is of an earlier version, is not given the job, and the scan says why",
    arguments: [
      (0, nil, " (1 of an earlier version: update it)"),
      (1, [.udp, .identification], " (1 of an earlier version: update it)"), (2, [.udp], ""),
      (2, [.identification], ""),
    ] as [(Int, Set<AgentCapability>?, String)])
  func passesOver(minor: Int, capabilities: Set<AgentCapability>?, hint: String) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      if let capabilities { try await fleet.hello(agent, minor: minor, capabilities) }
      let scan = try await fleet.submit(ports: "1-4") {
        $0.transports = [.tcp, .udp]
        $0.identifies = true
      }
      #expect(try await fleet.grant(agent) == nil)
      let lane = try #require(try await fleet.scans.scan(scan).state.lanes.first)
      #expect(
        lane.pendingReason == "no scanning agent in this site can do identification and udp\(hint)")
      // Other work is as it was.
      let plain = try await fleet.submit("10.0.1.0/28")
      #expect(try await fleet.grant(agent)?.scan == plain)
      let able = try await fleet.enrol("b")
      try await fleet.hello(able)
      #expect(try await fleet.grant(able)?.scan == scan)
    }
  }

  @Test("Jobs of UDP ports and of identification are small, whatever the agent's pace at TCP")
  func cutsSmall() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.hello(agent)
      _ = try await fleet.submit("10.0.0.0/24", ports: "1-1000") { $0.transports = [.udp] }
      let udp = try #require(try await fleet.leases.grant(to: agent, probesPerSecond: 20_000, waiting: .zero))
      #expect(udp.blocks.map(\.rectangle).endpointCount <= 2 * 600)
      #expect(udp.probesPerSecond == nil, "what is usual is no rate to keep")
    }
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.hello(agent)
      _ = try await fleet.submit("10.0.0.0/24", ports: "1-1000") { $0.identifies = true }
      let grant = try #require(try await fleet.leases.grant(to: agent, probesPerSecond: 20_000, waiting: .zero))
      #expect((1...18_000).contains(grant.blocks.map(\.rectangle).endpointCount))
    }
  }

  @Test("A mixed scan counts each endpoint once, by protocol and port")
  func countsEach() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      try await fleet.hello(agent)
      let scan = try await fleet.submit("10.0.0.1", ports: "T:53,80,U:53,123") { $0.transports = [.udp] }
      #expect(
        try await fleet.workThrough(agent, open: [ProtocolPort(.udp, 53), ProtocolPort(.tcp, 53)]).endpointCount == 4)
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 4))
      #expect(try await fleet.state(scan) == .done)
      let rows = try await fleet.rows("state:open")
      #expect(rows.map { "\($0.transport.rawValue)/\($0.port)" } == ["tcp/53", "udp/53"])
    }
  }
}
