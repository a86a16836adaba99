import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Scans of several parts, and scans compared.
extension EchoTests {
  private func kinds(_ fleet: Fleet, from: String, to: String) async throws -> [DiffKind] {
    try await fleet.comparisons.difference(
      from: from, to: to, query: "", kinds: Set(DiffKind.allCases), site: nil, after: nil, limit: 100
    ).page.rows.filter { $0.key == nil }.map(\.kind)
  }

  @Test("Scans compared: found by an echo, gone with it, and no difference while it answers")
  func compares() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet)
      let mute = try await fleet.enrol("mute", duties: [.scan])
      let before = try await scan(fleet, agent, .silent)
      let first = try await scan(fleet, agent, .answered)
      let second = try await scan(fleet, agent, .answered)
      let unasked = try await scan(fleet, mute, .unasked)
      let third = try await scan(fleet, agent, .answered)
      let silent = try await scan(fleet, agent, .silent)
      let back = try await scan(fleet, agent, .answered)
      let open = try await scan(fleet, agent, .unasked, open: [Self.ssh])
      for (from, to, kind) in [
        (before, first, DiffKind.hostFound), (first, second, nil), (second, third, nil), (third, silent, .hostGone),
        (silent, back, .hostBack), (before, silent, nil), (back, open, nil), (before, open, .hostFound),
        (first, back, nil),
      ] {
        #expect(try await kinds(fleet, from: "\(from)", to: "\(to)") == (kind.map { [$0] } ?? []), "\(from) \(to)")
      }
      // Nobody asked; it went on answering, as was seen before and after.
      #expect(try await kinds(fleet, from: "\(first)", to: "\(unasked)") == [])
      #expect(try await kinds(fleet, from: "\(unasked)", to: "\(silent)") == [.hostGone])
    }
  }

  /// A scan of two ports in two parts: one has a port that says this, the other a silent one and what became of an echo, later.
  private func scanInParts(
    _ fleet: Fleet, _ agent: AgentRecord, _ echo: Echo, besides reason: ProbeReason, portFirst: Bool
  ) async throws {
    fleet.clock.advance(by: .seconds(60))
    _ = try await fleet.submit("10.0.0.1", ports: "22,80")
    let grant = try #require(try await fleet.grant(agent))
    let whole = grant.blocks[0].rectangle
    func part(_ index: Int) -> WorkRectangle {
      WorkRectangle(hosts: whole.hosts, ports: (whole.ports.lowerBound + index)..<(whole.ports.lowerBound + index + 1))
    }
    fleet.clock.advance(by: .seconds(1))
    let port = try await fleet.chunk(
      grant, number: 0, [part(0)], otherwise: reason == .connectionRefused ? .closed : .filtered, because: reason)
    fleet.clock.advance(by: .seconds(1))
    let silent = try await fleet.chunk(grant, number: 1, [part(1)], otherwise: .filtered, because: .noResponse)
    let echoes = ResultService.Chunk(
      number: 1, digest: silent.digest, completed: silent.completed, sightings: [], runs: silent.runs,
      hosts: outcomes(echo, at: fleet.clock.now))
    for chunk in portFirst ? [port, echoes] : [echoes, port] {
      #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
    }
    try await fleet.finish(grant, by: agent, chunks: 2)
    fleet.clock.advance(by: .seconds(60))
  }

  @Test("A port of the same scan says more than an echo, in whichever part of it", arguments: [true, false])
  func prefersPorts(portFirst: Bool) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet)
      let mute = try await fleet.enrol("mute", duties: [.scan])
      for _ in 0..<2 {
        try await scanInParts(fleet, agent, .answered, besides: .connectionRefused, portFirst: portFirst)
        #expect(try await row(fleet).state == .up)
        #expect(try await row(fleet).reason == nil, "a port says it")
      }
      // As of any host of ports, their silence is enough.
      try await scan(fleet, mute, .unasked)
      #expect(try await state(fleet) == .gone)
    }
  }

  @Test("What somebody forbade in another part of a scan leaves a host of echoes where it was")
  func mindsWhatIsForbidden() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet)
      try await scan(fleet, agent, .answered)
      try await scanInParts(fleet, agent, .silent, besides: .adminProhibited, portFirst: true)
      #expect(try await state(fleet) == .up)
      try await scan(fleet, agent, .silent)
      #expect(try await state(fleet) == .gone)
    }
  }
}
