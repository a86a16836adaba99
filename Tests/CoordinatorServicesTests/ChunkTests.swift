import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

@Suite struct ChunkTests {
  /// One host, ports 1 to 4 and 9, one job.
  private func withJob(_ body: (Fleet, AgentRecord, ScanID, LeaseService.Grant) async throws -> Void) async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let scan = try await fleet.submit("10.0.0.1", ports: "1-4,9")
      try await body(fleet, agent, scan, try #require(try await fleet.grant(agent)))
    }
  }

  private static let all = [WorkRectangle(hosts: 0..<1, ports: 0..<5)]
  private static let host = HostAddress(IPAddress(ipv4: 0x0a00_0001))

  private func run(_ ports: ClosedRange<UInt16>, on host: HostAddress = host, _ fleet: Fleet) -> ResultService.Run {
    .init(
      host: host, transport: .tcp,
      run: PortStateRun(ports: ports, state: .closed, reason: .connectionRefused, observedAt: fleet.clock.now),
      isSelfView: false)
  }

  private func sighting(_ port: Port, _ fleet: Fleet) -> ResultService.Sighting {
    .init(
      host: Self.host, endpoint: ProtocolPort(.tcp, port), reason: .synAck, observedAt: fleet.clock.now,
      isSelfView: false)
  }

  @Test("A repeated chunk changes nothing; the same number with other content conflicts")
  func isIdempotent() async throws {
    try await withJob { fleet, agent, scan, grant async throws in
      let chunk = try await fleet.chunk(grant, number: 0, Self.all, open: [ProtocolPort(.tcp, 2)])
      for _ in 0..<3 { #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent)) }
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 5))
      let other = ResultService.Chunk(number: 0, digest: [99], completed: [], sightings: [], runs: [])
      await fleet.expectRefusal(.conflict, at: "/number") {
        _ = try await fleet.results.accept(other, under: Fleet.claim(grant), from: agent)
      }
      try await fleet.finish(grant, by: agent, chunks: 1)
      #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent), "also after the finish")
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 5))
      #expect(try await fleet.scans.scan(scan).state.openCount == 1)
    }
  }

  @Test("A chunk that does not add up, or leaves its job, is refused with a pointer and changes nothing")
  func refusesFalseChunks() async throws {
    try await withJob { fleet, agent, scan, grant async throws in
      func chunk(
        _ completed: [WorkRectangle], _ sightings: [ResultService.Sighting], _ runs: [ResultService.Run]
      ) -> ResultService.Chunk {
        .init(number: 0, digest: [1], completed: completed, sightings: sightings, runs: runs)
      }
      let beyondPorts = [WorkRectangle(hosts: 0..<1, ports: 0..<6)]
      let beyondHosts = [WorkRectangle(hosts: 0..<2, ports: 0..<5)]
      let elsewhere = HostAddress(IPAddress(ipv4: 0x0a00_0002))
      let cases: [(ResultService.Chunk, String)] = [
        (chunk(Self.all, [], [run(1...4, fleet)]), "/completed"),
        (chunk(Self.all, [sighting(1, fleet)], [run(1...4, fleet), run(9...9, fleet)]), "/ranges/0"),
        (chunk(beyondPorts, [], [run(1...4, fleet), run(9...9, fleet)]), "/completed/0"),
        (chunk(beyondHosts, [], [run(1...4, fleet), run(9...9, fleet)]), "/completed/0"),
        (chunk(Self.all + Self.all, [], [run(1...4, fleet), run(9...9, fleet)]), "/completed/1"),
        (chunk(Self.all, [], [run(1...9, fleet)]), "/ranges/0"),
        (chunk(Self.all, [], [run(1...4, fleet), run(9...9, on: elsewhere, fleet)]), "/ranges/1"),
        (chunk(Self.all, [sighting(7, fleet)], []), "/sightings/0"),
        (chunk([], [sighting(1, fleet)], []), "/sightings/0"),
        (chunk([], [], [run(1...1, fleet)]), "/ranges/0"),
      ]
      for (chunk, pointer) in cases {
        await fleet.expectRefusal(.invalidValue, at: pointer) {
          _ = try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent)
        }
      }
      #expect(try await fleet.coverage(scan) == LaneCoverage())
      #expect(try await fleet.rows("").isEmpty)
    }
  }

  @Test("The same endpoint twice in a chunk does not make up for one that is missing")
  func refusesDoubledEndpoints() async throws {
    try await withJob { fleet, agent, scan, grant async throws in
      let doubled = ResultService.Chunk(
        number: 0, digest: [1], completed: Self.all, sightings: [sighting(1, fleet), sighting(1, fleet)],
        runs: [run(2...4, fleet)])
      await fleet.expectRefusal(.invalidValue) {
        _ = try await fleet.results.accept(doubled, under: Fleet.claim(grant), from: agent)
      }
      #expect(try await fleet.coverage(scan) == LaneCoverage())
    }
  }

  @Test("What one chunk completed, another cannot complete again")
  func refusesRepeatedRectangles() async throws {
    try await withJob { fleet, agent, scan, grant async throws in
      let part = [WorkRectangle(hosts: 0..<1, ports: 1..<3)]
      #expect(try await fleet.report(grant, by: agent, number: 0, part))
      await fleet.expectRefusal(.invalidValue, at: "/completed/0") {
        _ = try await fleet.report(grant, by: agent, number: 1, Self.all)
      }
      #expect(try await fleet.report(grant, by: agent, number: 1, Self.all.subtracting(part)))
      #expect(try await fleet.coverage(scan) == LaneCoverage(probed: 5))
    }
  }

  @Test("An agent whose clock runs ahead cannot pin an endpoint to the future")
  func holdsBackTheFuture() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      _ = try await fleet.submit("10.0.0.1", ports: "1")
      let grant = try #require(try await fleet.grant(agent))
      let ahead = try await fleet.chunk(
        grant, number: 0, [WorkRectangle(hosts: 0..<1, ports: 0..<1)], open: [ProtocolPort(.tcp, 1)],
        at: fleet.clock.now + .seconds(86_400))
      #expect(try await fleet.results.accept(ahead, under: Fleet.claim(grant), from: agent))
      try await fleet.finish(grant, by: agent, chunks: 1)
      #expect(try await fleet.rows("port:1").map(\.summary.lastSeen) == [fleet.clock.now])
      fleet.clock.advance(by: .seconds(60))
      _ = try await fleet.submit("10.0.0.1", ports: "1")
      try await fleet.workThrough(agent)
      #expect(try await fleet.rows("port:1 state:closed").count == 1)
    }
  }

  @Test("A scan's count of open endpoints stays when a later scan sees the same ones")
  func keepsOpenCounts() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("a")
      let first = try await fleet.submit("10.0.0.1", ports: "1-2")
      try await fleet.workThrough(agent, open: [ProtocolPort(.tcp, 1), ProtocolPort(.tcp, 2)])
      fleet.clock.advance(by: .seconds(60))
      let second = try await fleet.submit("10.0.0.1", ports: "1-2")
      try await fleet.workThrough(agent, open: [ProtocolPort(.tcp, 1)])
      #expect(try await fleet.scans.scan(first).state.openCount == 2)
      #expect(try await fleet.scans.scan(second).state.openCount == 1)
    }
  }
}
