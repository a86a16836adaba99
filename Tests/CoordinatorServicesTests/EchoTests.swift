import CoordinatorCore
import Model
import SeededRandom
import Testing

@testable import CoordinatorServices

/// Hosts that answer nothing but echoes.
@Suite struct EchoTests {
  static let address = IPAddress(ipv4: 0x0a00_0001)
  static let ssh = ProtocolPort(.tcp, 22)

  enum Echo { case answered, silent, unasked }

  func able(_ fleet: Fleet, _ name: String = "a", zone: String = "default") async throws -> AgentRecord {
    let agent = try await fleet.enrol(name, zone: zone, duties: [.scan])
    try await fleet.hello(agent, minor: 5)
    return try #require(try await fleet.context.store.read { try $0.agent(agent.id) })
  }

  func outcomes(_ echo: Echo, at time: Timestamp) -> [ResultService.HostOutcome] {
    switch echo {
    case .answered: [.init(host: HostAddress(Self.address), result: .answered(time...time))]
    case .silent: [.init(host: HostAddress(Self.address), result: .silent(time))]
    case .unasked: []
    }
  }

  func chunk(
    _ fleet: Fleet, _ grant: LeaseService.Grant, _ echo: Echo, open: Set<ProtocolPort> = [],
    because reason: ProbeReason = .noResponse
  ) async throws -> ResultService.Chunk {
    let ports = try await fleet.chunk(
      grant, number: 0, grant.blocks.map(\.rectangle), open: open,
      otherwise: reason == .connectionRefused ? .closed : .filtered, because: reason)
    return ResultService.Chunk(
      number: 0, digest: ports.digest, completed: ports.completed, sightings: ports.sightings, runs: ports.runs,
      hosts: outcomes(echo, at: fleet.clock.now))
  }

  /// A scan of one host; the clock goes on a minute before and after.
  @discardableResult
  func scan(
    _ fleet: Fleet, _ agent: AgentRecord, _ echo: Echo, ports: String = "22,80", open: Set<ProtocolPort> = [],
    because reason: ProbeReason = .noResponse, zones: [String] = []
  ) async throws -> ScanID {
    fleet.clock.advance(by: .seconds(60))
    let id = try await fleet.submit("10.0.0.1", ports: ports, zones: zones)
    let grant = try #require(try await fleet.grant(agent))
    fleet.clock.advance(by: .seconds(1))
    let chunk = try await chunk(fleet, grant, echo, open: open, because: reason)
    for _ in 0..<2 { #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent)) }
    try await fleet.finish(grant, by: agent, chunks: 1)
    fleet.clock.advance(by: .seconds(60))
    return id
  }

  func row(_ fleet: Fleet, asOf time: Timestamp? = nil) async throws -> ChartHostRow {
    try await fleet.chart.explain(host: Self.address, site: nil, own: nil, asOf: time).explanations[0].row
  }

  func state(_ fleet: Fleet) async throws -> HostState? { try await row(fleet).state }

  private func told(_ fleet: Fleet) async throws -> [String] {
    try await fleet.chart.changes(ChangeQuery(kinds: ChangeKind.ofHosts), after: nil, limit: 100).rows.map {
      "\($0.kind.rawValue) \($0.at)"
    }
  }

  @Test("Found by its echo, gone by the silence of echo and ports, and back; each with its reason, of now and of then")
  func comesAndGoes() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet)
      try await scan(fleet, agent, .silent)
      #expect(try await state(fleet) == .down)
      try await scan(fleet, agent, .answered)
      let found = fleet.clock.now - .seconds(60)
      #expect(try await row(fleet).state == .up)
      #expect(try await row(fleet).reason == .echoReply)
      #expect(try await row(fleet).firstSeen == found)
      let rows = try await fleet.chart.hosts(fleet.chart.query(""), states: [.up], after: nil, limit: 10).rows
      #expect(rows.map(\.reason) == [.echoReply])
      try await scan(fleet, agent, .answered)
      #expect(try await row(fleet).lastSeen == fleet.clock.now - .seconds(60))
      try await scan(fleet, agent, .silent)
      let gone = fleet.clock.now - .seconds(60)
      #expect(try await state(fleet) == .gone)
      #expect(try await row(fleet).reason == nil)
      try await scan(fleet, agent, .silent)
      let whileGone = fleet.clock.now
      try await scan(fleet, agent, .answered)
      let back = fleet.clock.now - .seconds(60)
      #expect(try await told(fleet) == ["host-back \(back)", "host-gone \(gone)", "host-found \(found)"])
      #expect(try await row(fleet, asOf: whileGone).state == .gone)
      #expect(try await row(fleet, asOf: gone - .seconds(30)).reason == .echoReply)
      let past = try await fleet.chart.hosts(
        fleet.chart.query("", asOf: gone - .seconds(30)), after: nil, limit: 10
      ).rows
      #expect(past.map(\.state) == [.up] && past.map(\.reason) == [.echoReply])
    }
  }

  @Test("An agent that may send no echo makes no host gone that answered one, whatever its ports had been")
  func tellsUnaskedFromSilent() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet)
      let mute = try await fleet.enrol("mute", duties: [.scan])
      try await scan(fleet, agent, .unasked, open: [Self.ssh])
      try await scan(fleet, agent, .answered)
      #expect(try await row(fleet).reason == .echoReply)
      for _ in 0..<2 {
        try await scan(fleet, mute, .unasked)
        #expect(try await state(fleet) == .up)
      }
      try await scan(fleet, agent, .silent)
      #expect(try await state(fleet) == .gone)
      // Gone it stays while nobody asks, and each answer brings it back.
      try await scan(fleet, mute, .unasked)
      #expect(try await state(fleet) == .gone)
      try await scan(fleet, mute, .unasked, because: .connectionRefused)
      #expect(try await state(fleet) == .up)
      #expect(try await row(fleet).reason == nil, "a port says it")
    }
  }

  @Test("A host known by its ports goes with them, whether anybody may ask by echoes or not")
  func leavesPortsAlone() async throws {
    try await Fleet.run { fleet async throws in
      let mute = try await fleet.enrol("mute", duties: [.scan])
      try await scan(fleet, mute, .unasked, open: [Self.ssh])
      try await scan(fleet, mute, .unasked)
      #expect(try await state(fleet) == .gone)
      let agent = try await able(fleet)
      try await scan(fleet, agent, .unasked, open: [Self.ssh])
      #expect(try await row(fleet).reason == nil)
      try await scan(fleet, agent, .silent)
      #expect(try await state(fleet) == .gone)
    }
  }

  @Test("Where a port refused last, the silence of echoes and of another port proves nothing, in any order")
  func wantsPortsThatRefused() async throws {
    for isLate in [false, true] {
      try await Fleet.run { fleet async throws in
        let agent = try await able(fleet)
        try await scan(fleet, agent, .answered, ports: "81")
        fleet.clock.advance(by: .seconds(60))
        let other = try await able(fleet, "b")
        _ = try await fleet.submit("10.0.0.1", ports: "80")
        let grant = try #require(try await fleet.grant(other))
        fleet.clock.advance(by: .seconds(1))
        let refusal = try await chunk(fleet, grant, .unasked, because: .connectionRefused)
        func send() async throws {
          #expect(try await fleet.results.accept(refusal, under: Fleet.claim(grant), from: other))
          try await fleet.finish(grant, by: other, chunks: 1)
        }
        if !isLate { try await send() }
        try await scan(fleet, agent, .silent, ports: "81")
        #expect(try await state(fleet) == (isLate ? .gone : .up))
        if isLate { try await send() }
        #expect(try await state(fleet) == .up)
        #expect(try await told(fleet).count == 1)
        try await scan(fleet, agent, .silent, ports: "80")
        #expect(try await state(fleet) == .gone)
      }
    }
  }

  @Test("While a port of it is open and was not looked at again, the silence of echoes makes no host gone")
  func wantsTheWholeHost() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet)
      try await scan(fleet, agent, .unasked, ports: "22", open: [Self.ssh])
      try await scan(fleet, agent, .answered, ports: "80")
      try await scan(fleet, agent, .silent, ports: "80")
      #expect(try await state(fleet) == .up)
      #expect(try await row(fleet).reason == nil, "it has an open port")
      try await scan(fleet, agent, .silent, ports: "22")
      #expect(try await state(fleet) == .gone)
    }
  }

  @Test("Of many neighbours, which are read together, each keeps what is known of its echoes")
  func readsNeighbours() async throws {
    var settings = Fleet.settings
    settings.closeAfter = 2
    try await Fleet.run(settings: settings) { fleet async throws in
      let agent = try await able(fleet)
      func scan(_ echo: (HostAddress, Timestamp) -> ResultService.HostOutcome.Result?) async throws {
        fleet.clock.advance(by: .seconds(60))
        _ = try await fleet.submit("10.0.0.0/28", ports: "22")
        while let grant = try await fleet.grant(agent) {
          fleet.clock.advance(by: .seconds(1))
          let time = fleet.clock.now
          let ports = try await fleet.chunk(
            grant, number: 0, grant.blocks.map(\.rectangle), otherwise: .filtered, because: .noResponse)
          let chunk = ResultService.Chunk(
            number: 0, digest: ports.digest, completed: ports.completed, sightings: [], runs: ports.runs,
            hosts: ports.runs.compactMap { run in echo(run.host, time).map { .init(host: run.host, result: $0) } })
          #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent))
          try await fleet.finish(grant, by: agent, chunks: 1)
        }
      }
      func states() async throws -> [HostState?] {
        try await fleet.chart.hosts(fleet.chart.query(""), after: nil, limit: 100).rows.map(\.state)
      }
      try await scan { .answered($1...$1) }
      #expect(try await states() == Array(repeating: .up, count: 16))
      // Every other one is silent twice, the rest once.
      try await scan { .silent($1) }
      #expect(try await states() == Array(repeating: .up, count: 16))
      try await scan { host, time in host.address.value % 2 == 0 ? .silent(time) : nil }
      #expect(try await states() == (0..<16).map { $0 % 2 == 0 ? .gone : .up })
      try await scan { _, time in .silent(time) }
      #expect(try await states() == Array(repeating: .gone, count: 16))
    }
  }

  @Test("Somebody who forbids probes is no silence, and another zone's silence is another zone's")
  func doubts() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet)
      let other = try await able(fleet, "b", zone: "dmz")
      try await scan(fleet, agent, .answered, zones: ["default"])
      try await scan(fleet, agent, .silent, because: .adminProhibited, zones: ["default"])
      #expect(try await state(fleet) == .up)
      try await scan(fleet, other, .silent, zones: ["dmz"])
      #expect(try await state(fleet) == .up)
    }
  }

  @Test("As many looks in a row make it gone as close a port, each a scan of its own", arguments: 1...3)
  func wantsConfirmations(closeAfter: Int) async throws {
    var settings = Fleet.settings
    settings.closeAfter = closeAfter
    try await Fleet.run(settings: settings) { fleet async throws in
      let agent = try await able(fleet)
      for round in 0..<2 {
        try await scan(fleet, agent, .answered)
        for look in 1...closeAfter {
          #expect(try await state(fleet) == .up, "round \(round), look \(look)")
          try await scan(fleet, agent, .silent)
        }
        #expect(try await state(fleet) == .gone, "round \(round)")
      }
      let changes = try await told(fleet)
      #expect(changes.count == 4)
      #expect(changes[0] == "host-gone \(fleet.clock.now - .seconds(60))")
    }
  }

  private struct Seen {
    var chunk: ResultService.Chunk
    var grant: LeaseService.Grant
    var agent: AgentRecord
    var begun: Timestamp
    var at: Timestamp
    var echo: Echo
  }

  /// What happened, from all that was seen.
  private func happened(_ seen: [Seen], closeAfter: Int) -> [String] {
    let answers = seen.filter { $0.echo == .answered }.map(\.at).sorted()
    var told: [String] = []
    var wasGone = false
    for (index, answer) in answers.enumerated() {
      if index == 0 { told.append("host-found \(answer)") } else if wasGone { told.append("host-back \(answer)") }
      let next = index + 1 < answers.count ? answers[index + 1] : Timestamp(milliseconds: .max)
      let misses = seen.filter { $0.echo == .silent && $0.begun > answer && $0.at < next }.map(\.at).sorted()
      wasGone = misses.count >= closeAfter
      if wasGone { told.append("host-gone \(misses[closeAfter - 1])") }
    }
    return told
  }

  @Test("In whatever order they come, late and twice, what happened is told", arguments: 0..<12)
  func commutes(seed: Int) async throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var settings = Fleet.settings
    settings.closeAfter = seed % 2 + 1
    try await Fleet.run(settings: settings) { fleet async throws in
      var seen: [Seen] = []
      // Where several looks are wanted one late answer is told exactly; of more, the looks between them are not known any more.
      var answersLeft = settings.closeAfter == 1 ? 3 : 1
      for index in 0..<7 {
        let agent = try await able(fleet, "a\(index)")
        _ = try await fleet.submit("10.0.0.1", ports: "22,80")
        let grant = try #require(try await fleet.grant(agent))
        let begun = fleet.clock.now
        fleet.clock.advance(by: .seconds(1))
        var echo = Echo.silent
        if index == 0 {
          echo = .answered
        } else if answersLeft > 0, Int.random(in: 0..<3, using: &random) == 0 {
          answersLeft -= 1
          echo = .answered
        } else if Int.random(in: 0..<4, using: &random) == 0 {
          echo = .unasked
        }
        seen.append(
          Seen(
            chunk: try await chunk(fleet, grant, echo), grant: grant, agent: agent, begun: begun, at: fleet.clock.now,
            echo: echo))
        fleet.clock.advance(by: .seconds(300))
      }
      // No silence comes behind a later answer.
      let late =
        seen.dropFirst().filter { $0.echo != .answered }.shuffled(using: &random)
        + seen.dropFirst().filter { $0.echo == .answered }.shuffled(using: &random)
      for each in seen.prefix(1) + late {
        for _ in 0..<2 {
          #expect(try await fleet.results.accept(each.chunk, under: Fleet.claim(each.grant), from: each.agent))
        }
      }
      #expect(
        try await Array(told(fleet).reversed()) == happened(seen, closeAfter: settings.closeAfter), "seed \(seed)")
    }
  }

  @Test("Of a lost lease the answer is kept, and the silence proves nothing")
  func keepsLateAnswers() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await able(fleet)
      for (echo, expected) in [(Echo.answered, HostState.up), (.silent, .up)] {
        fleet.clock.advance(by: .seconds(60))
        let scan = try await fleet.submit("10.0.0.1", ports: "22,80")
        let grant = try #require(try await fleet.grant(agent))
        fleet.clock.advance(by: .seconds(1))
        let chunk = try await chunk(fleet, grant, echo)
        try await fleet.finish(grant, by: agent, as: .returned, chunks: 0)
        #expect(try await fleet.results.accept(chunk, under: Fleet.claim(grant), from: agent) == false)
        #expect(try await state(fleet) == expected)
        _ = try await fleet.scans.cancel(scan)
      }
    }
  }

  @Test("Only asked of agents that tell it, and refused of hosts that are not in the job, and said twice")
  func refuses() async throws {
    try await Fleet.run { fleet async throws in
      let old = try await fleet.enrol("old", duties: [.scan])
      try await fleet.hello(old, minor: 4)
      _ = try await fleet.submit("10.0.0.0/25", ports: "22")
      let oldGrant = try #require(try await fleet.grant(old))
      #expect(!oldGrant.asksEchoes)
      func chunk(_ grant: LeaseService.Grant, _ hosts: [IPAddress]) async throws -> ResultService.Chunk {
        let chunk = try await fleet.chunk(grant, number: 0, grant.blocks.map(\.rectangle))
        return ResultService.Chunk(
          number: 0, digest: chunk.digest, completed: chunk.completed, sightings: chunk.sightings, runs: chunk.runs,
          hosts: hosts.map { .init(host: HostAddress($0), result: .silent(fleet.clock.now)) })
      }
      let agent = try await able(fleet)
      let grant = try #require(try await fleet.grant(agent))
      #expect(grant.asksEchoes)
      func indices(_ grant: LeaseService.Grant) -> Range<UInt128> { grant.blocks[0].rectangle.hosts }
      #expect(!indices(grant).overlaps(indices(oldGrant)), "two jobs of one scan")
      let own = grant.blocks[0].hosts[0].first.address
      let others = oldGrant.blocks[0].hosts[0].first.address
      let claim = Fleet.claim(grant)
      let cases: [(ResultService.Chunk, String)] = [
        (try await chunk(grant, [own, own]), "/hosts/1/host"),
        (try await chunk(grant, [own, others]), "/hosts/1/host"),
        (try await chunk(grant, [IPAddress(ipv4: 0x0a00_0200)]), "/hosts/0/host"),
      ]
      for (chunk, pointer) in cases {
        await fleet.expectRefusal(.invalidValue, at: pointer) {
          _ = try await fleet.results.accept(chunk, under: claim, from: agent)
        }
      }
      #expect(try await fleet.chart.hosts(fleet.chart.query(""), after: nil, limit: 10).rows.isEmpty)
    }
  }
}
