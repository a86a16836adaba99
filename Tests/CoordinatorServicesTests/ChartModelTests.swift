import CoordinatorCore
import Model
import SeededRandom
import Testing

import class Foundation.ProcessInfo

@testable import CoordinatorServices

/// Sightings, coverage, inventories and clock steps by chance, and a chart that is a list of all that was seen: both agree on rows and
/// verdicts after each step, and at the end on every earlier time, on all changes, and on differences.
///
///     PERIPLUS_SEEDS=150 swift test --filter ChartModelTests
@Suite struct ChartModelTests {
  private static let seeds: Range<UInt64> =
    0..<(ProcessInfo.processInfo.environment["PERIPLUS_SEEDS"].flatMap { UInt64($0) }.map { min($0, 150) } ?? 24)
  private static let home: UInt32 = 0x0a00_0001
  private static let ports: [Port] = [1, 2, 3, 4, 5, 6]

  /// Results that have not been sent yet.
  private struct Waiting {
    var grant: LeaseService.Grant
    var agent: AgentRecord
    var chunk: ResultService.Chunk
    var states: [Port: EndpointState]
    var echo: ChartModel.Echo
    var host: UInt32
    var scan: ScanID
    var begun: Timestamp
    var at: Timestamp
  }

  private struct World {
    let fleet: Fleet
    var random: SeededGenerator
    var model: ChartModel
    /// Whether agents tell of echoes.
    let hasEchoes: Bool
    /// Whether hosts have addresses of that family.
    let isIPv6: Bool
    var network: String { isIPv6 ? "net:fd00::a00:0/120" : "net:10.0.0.0/24" }

    /// The address of a host by its number.
    func address(of host: UInt32) -> IPAddress {
      isIPv6 ? IPAddress(family: .ipv6, value: 0xfd00 << 112 | UInt128(host)) : IPAddress(ipv4: host)
    }

    var zones: [ZoneID] = []
    var waiting: [Waiting] = []
    var agents = 0
    var inventories: Int64 = 0
    /// The latest time that the clock has shown, and that of the newest inventory.
    var latest = Timestamp(milliseconds: 0)
    var inventoryAt = Timestamp(milliseconds: 0)
  }

  private func look(_ world: inout World) async throws -> Waiting {
    let zone = ["default", "dmz"].randomElement(using: &world.random) ?? "default"
    world.agents += 1
    let agent = try await world.fleet.enrol("scanner\(world.agents)", zone: zone, duties: [.scan])
    let host = Self.home + UInt32.random(in: 0...1, using: &world.random)
    let isDown = Int.random(in: 0..<4, using: &world.random) == 0
    var states: [Port: EndpointState] = [:]
    let isWhole = Bool.random(using: &world.random)
    for port in Self.ports where isWhole || Bool.random(using: &world.random) {
      let isOpen = Int.random(in: 0..<5, using: &world.random) < 2
      states[port] = isDown ? .filtered : isOpen ? .open : port.rawValue % 2 == 0 ? .filtered : .closed
    }
    if states.isEmpty { states[1] = isDown ? .filtered : .closed }
    // Where a port answers nobody tells of echoes.
    var echo = ChartModel.Echo.unasked
    if world.hasEchoes, !states.values.contains(where: { $0 != .filtered }) {
      echo = [.unasked, .answered, .silent, .silent].randomElement(using: &world.random) ?? .unasked
    }
    let scan = try await world.fleet.submit(
      world.address(of: host).description, ports: states.keys.sorted().map(\.description).joined(separator: ","),
      zones: [zone])
    let grant = try #require(try await world.fleet.grant(agent))
    let begun = world.fleet.clock.now
    world.fleet.clock.advance(by: .seconds(1))
    let time = world.fleet.clock.now
    let address = HostAddress(world.address(of: host))
    let chunk = ResultService.Chunk(
      number: 0, digest: [1], completed: grant.blocks.map(\.rectangle),
      sightings: states.filter { $0.value == .open }.map { port, _ in
        .init(
          host: address, endpoint: ProtocolPort(.tcp, port), reason: .synAck, observedAt: time, isSelfView: false)
      },
      runs: states.filter { $0.value != .open }.map { port, state in
        .init(
          host: address, transport: .tcp,
          run: PortStateRun(
            ports: port.rawValue...port.rawValue, state: state,
            reason: state == .closed ? .connectionRefused : .noResponse, observedAt: time), isSelfView: false)
      },
      hosts: echo == .unasked
        ? [] : [.init(host: address, result: echo == .answered ? .answered(time...time) : .silent(time))])
    return Waiting(
      grant: grant, agent: agent, chunk: chunk, states: states, echo: echo, host: host, scan: scan, begun: begun,
      at: time)
  }

  private func send(_ waiting: Waiting, _ world: inout World) async throws {
    for _ in 0...Int.random(in: 0...1, using: &world.random) {
      #expect(
        try await world.fleet.results.accept(
          waiting.chunk, under: Fleet.claim(waiting.grant), from: waiting.agent))
    }
    try await world.fleet.finish(waiting.grant, by: waiting.agent, chunks: 1)
    // Nothing was seen later than it came.
    world.model.take(
      waiting.states, echo: waiting.echo, of: waiting.host, zone: waiting.agent.zone, begun: waiting.begun,
      at: min(waiting.at, world.fleet.clock.now))
    world.model.take(
      .init(
        scan: waiting.scan, host: waiting.host, zone: waiting.agent.zone, states: waiting.states,
        created: waiting.begun,
        finished: world.fleet.clock.now))
  }

  private func sendInventory(from agent: AgentRecord, _ world: inout World) async throws {
    world.inventories += 1
    var owners: [Port: ChartModel.Socket] = [:]
    var listeners: [ListenerRecord.Key: ListenerContent] = [:]
    for port in Self.ports where Bool.random(using: &world.random) {
      let places: [IPAddress] = [
        .ipv4Unspecified, world.address(of: Self.home), world.isIPv6 ? .ipv6Loopback : .ipv4Loopback, .ipv6Unspecified,
      ]
      let address = places.randomElement(using: &world.random) ?? .ipv4Unspecified
      // What is bound to every address of IPv6 answers at those of IPv4, too, unless it was told not to (ipv6(7), IPV6_V6ONLY).
      let isIPv6Only = address == .ipv6Unspecified && port.rawValue % 2 == 0
      let name = ["nginx", "sshd", ""].randomElement(using: &world.random) ?? ""
      listeners[.init(transport: .tcp, address: address, port: port, interface: "")] = ListenerContent(
        isIPv6Only: isIPv6Only, uid: 0, user: "root", inode: 1,
        processes: name.isEmpty ? [] : [ListeningProcess(pid: 7, name: name)],
        ownerUnknownReason: name.isEmpty ? "not permitted" : nil, unit: nil)
      // What is bound to loopback does not answer at another address, and IPv4's sockets not at IPv6's.
      let answers =
        world.isIPv6 ? address != .ipv6Loopback && address != .ipv4Unspecified : address != .ipv4Loopback && !isIPv6Only
      if answers { owners[port] = .init(name: name, address: address) }
    }
    let time = world.fleet.clock.now
    _ = try await world.fleet.results.accept(
      InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: world.inventories), takenAt: time,
        interfaces: [
          InterfaceAddress(
            interface: "eth0", address: world.address(of: Self.home), prefixLength: world.isIPv6 ? 64 : 24)
        ],
        listeners: listeners), from: agent)
    world.model.take(inventory: owners, at: time)
    world.inventoryAt = time
  }

  private func rows(
    _ world: World, asOf time: Timestamp? = nil, besides: Set<ChartModel.Place> = []
  ) async throws -> [ChartModel.Row] {
    let query = try world.fleet.chart.query(world.network, asOf: time)
    return try await world.fleet.chart.ports(query, after: nil, limit: 1_000).rows.map { row in
      ChartModel.Row(
        place: .init(host: UInt32(truncatingIfNeeded: row.host.address.value), port: row.port),
        state: row.summary.state,
        verdict: row.summary.verdict, zone: row.summary.zone, firstSeen: row.summary.firstSeen,
        owner: row.listener.map { $0.processes.first?.name ?? "" })
    }.filter { !besides.contains($0.place) }
  }

  @Test("Chart, verdicts, the past, changes and differences are what was seen", arguments: seeds)
  func agrees(seed: UInt64) async throws {
    var settings = Fleet.settings
    settings.closeAfter = seed % 3 == 2 ? 2 : 1
    // Every fourth fleet has results that come late, in any order; of what lay between, the chart keeps less.
    let isLate = seed % 4 == 3
    try await Fleet.run(settings: settings) { fleet async throws in
      var world = World(
        fleet: fleet, random: SeededGenerator(seed: seed),
        model: ChartModel(
          closeAfter: settings.closeAfter, inventoryMaximumAge: settings.inventoryMaximumAge, home: Self.home),
        hasEchoes: seed / 4 % 2 == 1, isIPv6: seed / 8 % 2 == 1)
      let host = try await fleet.enrol("host", duties: [.inventory])
      let dmz = try await fleet.enrol("dmz", zone: "dmz", duties: [.inventory])
      world.zones = [host.zone, dmz.zone]
      var times: [Timestamp] = []
      for step in 0..<30 {
        switch Int.random(in: 0..<6, using: &world.random) {
        // Under a clock that was set back an agent waits for its last one's time: which of two is the newer, its sequence says.
        case 0 where fleet.clock.now >= world.inventoryAt: try await sendInventory(from: host, &world)
        default:
          let results = try await look(&world)
          if isLate, Bool.random(using: &world.random) {
            world.waiting.append(results)
          } else {
            try await send(results, &world)
          }
        }
        if !world.waiting.isEmpty, step == 29 || Int.random(in: 0..<4, using: &world.random) == 0 {
          for results in world.waiting.shuffled(using: &world.random) { try await send(results, &world) }
          world.waiting = []
        }
        let blurred = isLate ? world.model.blurred(isLate: true) : []
        let told = try await rows(world, besides: blurred)
        world.latest = max(world.latest, fleet.clock.now)
        let expected = world.model.rows(
          zones: world.zones, at: world.latest, besides: blurred, now: fleet.clock.now)
        let different =
          told.filter { !expected.contains($0) }.map { "chart \($0)" }
          + expected.filter { !told.contains($0) }.map { "model \($0)" }
        #expect(different == [], "seed \(seed), step \(step)")
        #expect(told.count == expected.count, "seed \(seed), step \(step)")
        try await agreesOnCounts(world, "seed \(seed), step \(step)")
        if !isLate { try await agreesOnHosts(world, "seed \(seed), step \(step)") }
        times.append(fleet.clock.now)
        fleet.clock.advance(by: .seconds([10, 60, 700, 4_000].randomElement(using: &world.random) ?? 10))
        times.append(fleet.clock.now - .milliseconds(1))
        // What is seen then comes, as it were, late.
        if isLate, Int.random(in: 0..<5, using: &world.random) == 0 {
          fleet.clock.advance(by: .seconds(-([5, 90, 600].randomElement(using: &world.random) ?? 5)))
        }
      }
      if !isLate { try await agreesOnThePast(world, times, seed) }
      try await agreesOnScans(world, seed)
    }
  }

  /// Whether they are up, and by what; the host whose agent tells of it is up for another reason.
  private func agreesOnHosts(_ world: World, _ place: String) async throws {
    for host in [Self.home, Self.home + 1] {
      let address = world.address(of: host)
      let row = try await world.fleet.chart.explain(host: address, site: nil, own: nil).explanations.first?.row
      let expected = world.model.host(host, zones: world.zones, at: world.fleet.clock.now)
      if host == Self.home, expected != "up", expected != "up echo-reply" { continue }
      let told = row?.state.flatMap { state in
        state == .down ? nil : "\(state.rawValue)\(row?.reason.map { " \($0.rawValue)" } ?? "")"
      }
      #expect(told == expected, "\(place): \(address)")
    }
  }

  /// Counts are kept as the chart changes; the rows are told one by one.
  private func agreesOnCounts(_ world: World, _ place: String) async throws {
    let chart = world.fleet.chart
    for text in ["", "not state:open", "port:1..4 (state:open or state:closed)"] {
      let query = try chart.query(text)
      let rows = try await chart.ports(query, after: nil, limit: 1_000).rows
      for (grouping, expected) in [
        (.port, Dictionary(grouping: rows) { $0.port.description }.mapValues(\.count)),
        (.state, Dictionary(grouping: rows) { $0.summary.state?.rawValue }.mapValues(\.count)),
        (.zone, Dictionary(grouping: rows) { $0.summary.zone?.description }.mapValues(\.count)),
      ] as [(ChartGrouping, [String?: Int])] {
        let counts = try await chart.counts(query, by: grouping, limit: 1_000).counts
        let zones = ["default": world.zones[0].description, "dmz": world.zones[1].description]
        let told = counts.map { (grouping == .zone ? $0.value.flatMap { zones[$0] } : $0.value, $0.endpoints) }
        #expect(Dictionary(uniqueKeysWithValues: told) == expected, "\(place): \(text) by \(grouping)")
      }
    }
  }

  private func agreesOnThePast(_ world: World, _ times: [Timestamp], _ seed: UInt64) async throws {
    var random = world.random
    let (fleet, model) = (world.fleet, world.model)
    let blurred = model.blurred(isLate: false)
    for time in times {
      // When it was looked at last within a run is not kept: which of two zones that say as much is shown may differ.
      func sure(_ row: ChartModel.Row) -> ChartModel.Row {
        var row = row
        row.zone = nil
        if row.state != .open { row.state = nil }
        return row
      }
      let told = try await rows(world, asOf: time, besides: blurred).map(sure)
      let expected = model.rows(zones: world.zones, at: time, besides: blurred).map(sure)
      let different =
        told.filter { !expected.contains($0) }.map { "chart \($0)" }
        + expected.filter { !told.contains($0) }.map { "model \($0)" }
      #expect(different == [], "seed \(seed), as of \(time)")
    }
    let changes = try await fleet.chart.changes(
      ChangeQuery(
        kinds: ChangeKind.ofHosts.union([.found, .opened, .reopened, .closed])), after: nil, limit: 10_000
    ).rows
    let told = changes.filter { change in
      change.key.map {
        !blurred.contains(.init(host: UInt32(truncatingIfNeeded: change.host.address.value), port: $0.port))
      } ?? true
    }.map { change in
      let address = change.host.address.value & 255
      let place = change.key.map { "\(address):\($0.port)" } ?? address.description
      return "\(change.kind.rawValue) \(place) from \(change.view.zone) \(change.at)"
    }
    let expected = model.changes(zones: world.zones, besides: blurred, by: fleet.clock.now) + model.hostChanges
    #expect(told.sorted() == expected.sorted(), "seed \(seed)")
    for _ in 0..<8 {
      let pair = [times.randomElement(using: &random), times.randomElement(using: &random)].compactMap(\.self).sorted()
      let page = try await fleet.comparisons.difference(
        from: pair[0].description, to: pair[1].description, query: "\(world.network) port:1..",
        kinds: Set(DiffKind.allCases), site: nil, after: nil, limit: 1_000
      ).page
      func place(_ row: DiffRecord) -> ChartModel.Place? {
        row.key.map { ChartModel.Place(host: UInt32(truncatingIfNeeded: row.host.address.value), port: $0.port) }
      }
      // Of another owner the model says nothing; such an endpoint is not told as unchanged.
      let others = Set(page.rows.filter { $0.kind == .process }.compactMap(place)).union(blurred)
      let told = page.rows.compactMap { row -> String? in
        guard let place = place(row), !others.contains(place) else { return nil }
        // Sightings within a run are not kept: whether one of them came in between is not known.
        let kind = row.kind == .notCovered ? .unchanged : row.kind
        return "\(kind.rawValue) \(place.host & 255):\(place.port)"
      }
      let expected = model.difference(zones: world.zones, from: pair[0], to: pair[1], besides: others)
      let different =
        Set(told).subtracting(expected).map { "chart \($0)" }
        + expected.subtracting(told).map { "model \($0)" }
      #expect(different == [], "seed \(seed), \(pair)")
    }
  }

  /// Two scans differ by what each of them saw, whatever came late and whatever others saw; but which hosts answered echoes alone, the
  /// records of hosts say (`EchoTests`).
  private func agreesOnScans(_ world: World, _ seed: UInt64) async throws {
    var random = world.random
    for _ in 0..<24 {
      let looks = world.model.looks
      guard let old = looks.randomElement(using: &random), let new = looks.randomElement(using: &random) else { return }
      var told: [String] = []
      var place: ComparisonService.Position?
      repeat {
        let page = try await world.fleet.comparisons.difference(
          from: "\(old.scan)", to: "\(new.scan)", query: "", kinds: Set(DiffKind.allCases), site: nil, after: place,
          limit: 3
        ).page
        told += page.rows.map { row in
          "\(row.kind.rawValue) \(row.host.address.value & 255)\(row.key.map { ":\($0.port)" } ?? "")"
        }
        place = page.next
      } while place != nil && told.count < 100
      var expected = world.model.difference(from: old, to: new)
      if world.hasEchoes {
        func isOfPort(_ line: String) -> Bool { line.contains(":") }
        told = told.filter(isOfPort)
        expected = expected.filter(isOfPort)
      }
      let different =
        Set(told).subtracting(expected).map { "chart \($0)" } + expected.subtracting(told).map { "model \($0)" }
      #expect(different == [] && told.count == expected.count, "seed \(seed), \(old.scan) to \(new.scan)")
    }
  }
}
