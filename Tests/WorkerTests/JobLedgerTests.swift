import Model
import SeededRandom
import Testing
import Wire

@testable import Worker

@Suite struct JobLedgerTests {
  private struct Endpoint: Hashable {
    var host: UInt128
    var port: Int
  }

  private static func observation(
    block: Int = 0, host: Int, port: Int, firstHost: Int = 0, state: EndpointState, at seconds: Int = 0
  ) -> ProbeObservation {
    ProbeObservation(
      block: block, hostOffset: host, portOffset: port,
      host: HostAddress(IPAddress(family: .ipv4, value: 0x0A00_0000 + UInt128(firstHost + host))),
      endpoint: ProtocolPort(.tcp, Port(UInt16(port + 1))), state: state,
      reason: state == .open ? .synAck : .connectionRefused, isSelfView: false, roundTrip: nil,
      observedAt: .seconds(seconds))
  }

  private static func time(_ uptime: Duration) -> Timestamp { Timestamp(milliseconds: 0) + uptime }

  @Test("Every recorded endpoint leaves in exactly one chunk, in bounded chunks that add up", arguments: 0..<20)
  func everythingLeavesOnce(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var rectangles: [WorkRectangle] = []
    var pending: [ProbeObservation] = []
    var firstHost = 0
    for block in 0..<Int.random(in: 1...3, using: &random) {
      let hosts = Int.random(in: 1...40, using: &random)
      let ports = Int.random(in: 1...400, using: &random)
      rectangles.append(WorkRectangle(hosts: UInt128(firstHost)..<UInt128(firstHost + hosts), ports: 0..<ports))
      let states: [EndpointState] =
        [[.open], [.closed], [.open, .closed], [.closed, .filtered, .open, .unchecked]]
        .randomElement(using: &random) ?? []
      for host in 0..<hosts {
        for port in 0..<ports {
          guard let state = states.randomElement(using: &random) else { continue }
          pending.append(
            Self.observation(block: block, host: host, port: port, firstHost: firstHost, state: state))
        }
      }
      firstHost += hosts
    }
    pending.shuffle(using: &random)
    let total = pending.count
    var ledger = JobLedger(rectangles: rectangles)
    var seen: Set<Endpoint> = []
    while !pending.isEmpty || ledger.waitingCount > 0 {
      let batch = pending.suffix(Int.random(in: 0...6_000, using: &random))
      pending.removeLast(batch.count)
      for observation in batch { ledger.record(observation) }
      guard let content = ledger.takeContent(time: Self.time) else { continue }
      try Self.check(content, of: rectangles, against: &seen)
    }
    #expect(seen.count == total)
    #expect(ledger.recordedCount == total)
    #expect(ledger.takeContent(time: Self.time) == nil)
  }

  private static func check(
    _ content: JobLedger.Content, of rectangles: [WorkRectangle], against seen: inout Set<Endpoint>
  ) throws {
    #expect(content.sightings.count + content.ranges.count <= WireLimits.rowsPerChunk)
    #expect(content.completed.count <= WireLimits.rowsPerChunk)
    var rows: [Endpoint] = content.sightings.map {
      Endpoint(host: $0.host.address.value - 0x0A00_0000, port: Int($0.port.rawValue) - 1)
    }
    for range in content.ranges {
      for port in range.firstPort.rawValue...range.lastPort.rawValue {
        rows.append(Endpoint(host: range.host.address.value - 0x0A00_0000, port: Int(port) - 1))
      }
    }
    var completed: Set<Endpoint> = []
    for rectangle in content.completed {
      #expect(rectangles.contains { $0.contains(rectangle) })
      for host in rectangle.hosts {
        for port in rectangle.ports {
          #expect(completed.insert(Endpoint(host: host, port: port)).inserted, "completed twice in a chunk")
        }
      }
    }
    #expect(Set(rows) == completed)
    #expect(rows.count == completed.count, "a state twice in a chunk")
    #expect(seen.isDisjoint(with: completed), "sent before")
    seen.formUnion(completed)
  }

  @Test("A chunk holds no more open ports than rows fit; the rest waits for the next")
  func openPortsFillChunks() throws {
    var ledger = JobLedger(rectangles: [WorkRectangle(hosts: 0..<1, ports: 0..<12_000)])
    for port in 0..<12_000 { ledger.record(Self.observation(host: 0, port: port, state: .open)) }
    var sizes: [Int] = []
    while let content = ledger.takeContent(time: Self.time) { sizes.append(content.sightings.count) }
    #expect(sizes == [5_000, 5_000, 2_000])
  }

  @Test("Neighbouring ports in one state share a range with the newest of their times; an open one parts them")
  func neighboursShareARange() throws {
    var ledger = JobLedger(rectangles: [WorkRectangle(hosts: 0..<1, ports: 0..<5)])
    for (port, state) in [EndpointState.closed, .closed, .open, .closed, .filtered].enumerated() {
      ledger.record(Self.observation(host: 0, port: port, state: state, at: 10 - port))
    }
    let taken = ledger.takeContent(time: Self.time)
    let content = try #require(taken)
    #expect(content.ranges.map { [$0.firstPort, $0.lastPort] } == [[1, 2], [4, 4], [5, 5]])
    #expect(content.ranges.first?.observedAt == Self.time(.seconds(10)))
    #expect(content.sightings.map(\.port) == [3])
    #expect(content.completed == [WorkRectangle(hosts: 0..<1, ports: 0..<5)])
  }

  @Test("Neighbouring hosts that are through with the same ports share a rectangle; a slow host holds nobody back")
  func hostsShareARectangle() throws {
    var ledger = JobLedger(rectangles: [WorkRectangle(hosts: 100..<104, ports: 50..<60)])
    for host in [0, 1, 3] {
      for port in 0..<10 { ledger.record(Self.observation(host: host, port: port, state: .closed)) }
    }
    ledger.record(Self.observation(host: 2, port: 4, state: .closed))
    let taken = ledger.takeContent(time: Self.time)
    let content = try #require(taken)
    #expect(
      content.completed == [
        WorkRectangle(hosts: 100..<102, ports: 50..<60), WorkRectangle(hosts: 102..<103, ports: 54..<55),
        WorkRectangle(hosts: 103..<104, ports: 50..<60),
      ])
  }

  private static func echo(host: Int, block: Int = 0, isAnswered: Bool, at seconds: Int) -> ProbeEcho {
    ProbeEcho(
      block: block, hostOffset: host,
      host: HostAddress(IPAddress(family: .ipv4, value: 0x0A00_0000 + UInt128(host))), isAnswered: isAnswered,
      observedAt: .seconds(seconds))
  }

  private static func silent(host: Int, port: Int, _ reason: ProbeReason = .noResponse) -> ProbeObservation {
    ProbeObservation(
      block: 0, hostOffset: host, portOffset: port,
      host: HostAddress(IPAddress(family: .ipv4, value: 0x0A00_0000 + UInt128(host))),
      endpoint: ProtocolPort(.tcp, Port(UInt16(port + 1))), state: .filtered, reason: reason, isSelfView: false,
      roundTrip: nil, observedAt: .seconds(1))
  }

  @Test("What became of echoes is told of hosts alone of which no port says more, once, and with all its times")
  func tellsEchoes() throws {
    var ledger = JobLedger(rectangles: [WorkRectangle(hosts: 0..<6, ports: 0..<2)])
    ledger.record(Self.observation(host: 0, port: 0, state: .closed))
    for (host, isAnswered) in [true, true, false, false, true].enumerated() {
      ledger.record(Self.echo(host: host, isAnswered: isAnswered, at: 5))
    }
    // Host 1 answers at a port behind its echo, host 3 is behind somebody who forbids probes, host 4 was asked in two blocks.
    ledger.record(Self.observation(host: 1, port: 0, state: .open))
    ledger.record(Self.silent(host: 2, port: 0))
    ledger.record(Self.silent(host: 3, port: 0, .adminProhibited))
    ledger.record(Self.echo(host: 4, block: 1, isAnswered: true, at: 9))
    ledger.record(Self.echo(host: 4, block: 1, isAnswered: false, at: 12))
    let taken = ledger.takeContent(time: Self.time)
    let hosts = try #require(taken).hosts
    #expect(hosts.map { Int($0.host.address.value & 255) } == [2, 4])
    #expect(hosts.map(\.reason) == [.noResponse, .echoReply])
    #expect(hosts.map(\.firstAt) == [nil, Self.time(.seconds(5))])
    #expect(hosts.map(\.observedAt) == [Self.time(.seconds(5)), Self.time(.seconds(9))])
    #expect(ledger.takeContent(time: Self.time) == nil)
    // A chunk may hold them alone, and behind an answer of a port there are none any more.
    ledger.record(Self.echo(host: 5, isAnswered: true, at: 20))
    let late = ledger.takeContent(time: Self.time)
    #expect(late?.hosts.count == 1 && late?.completed == [])
    ledger.record(Self.echo(host: 0, isAnswered: true, at: 21))
    #expect(ledger.takeContent(time: Self.time) == nil)
  }

  @Test("More hosts than a chunk may tell of leave in several")
  func boundsEchoes() {
    var ledger = JobLedger(rectangles: [WorkRectangle(hosts: 0..<12_000, ports: 0..<1)])
    for host in 0..<12_000 { ledger.record(Self.echo(host: host, isAnswered: false, at: 1)) }
    var sizes: [Int] = []
    while let content = ledger.takeContent(time: Self.time) { sizes.append(content.hosts.count) }
    #expect(sizes == [5_000, 5_000, 2_000])
  }

  @Test("An empty ledger has nothing to send")
  func emptyHasNothing() {
    var ledger = JobLedger(rectangles: [WorkRectangle(hosts: 0..<1, ports: 0..<1)])
    #expect(ledger.takeContent(time: Self.time) == nil)
  }
}
