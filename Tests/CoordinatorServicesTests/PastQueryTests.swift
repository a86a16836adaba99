import CoordinatorCore
import Model
import SeededRandom
import Testing

@testable import CoordinatorServices

/// Questions of the past that are answered by way of an index, against the same question in a form for which there is none: then every
/// endpoint is looked at.
@Suite struct PastQueryTests {
  private static let home: UInt32 = 0x0a00_0005

  private static let asked = [
    "service:ssh", "service:http", "service:tcpmux", "service:ssh state:closed,open", "product:nginx",
    "product:openssh",
    "product:nginx,OpenSSH", "proc:nginx", "user:www", "pid:1..4", "unit:a.service", "container:c", "agent:host0",
    "agent:host1,host2", "agent:host*", "tag:lab", "verdict:exposed", "verdict:shielded,unverified",
    "verdict:forwarded",
    "verdict:exposed service:ssh", "proc:nginx service:ssh", "port:1,2 proc:sshd", "port:1..3 verdict:exposed",
    "net:10.0.0.0/24 service:ssh", "net:10.0.0.0/8 service:ssh", "net:127.0.0.0/8 user:root",
    "net:10.0.0.0/8 proc:nginx",
    "state:closed", "state:filtered,closed", "port:1,2 state:closed", "state:closed service:ssh", "state:unreachable",
    "net:10.0.0.0/8 state:closed", "site:default state:closed", "net:127.0.0.0/8 state:closed", "zone:dmz state:closed",
    "state:closed verdict:shielded", "site:default user:root", "site:default agent:host1", "site:default service:http",
    "site:other service:ssh",
  ]

  private struct World {
    let fleet: Fleet
    var random: SeededGenerator
    var hosts: [AgentRecord] = []
    var scanners: [AgentRecord] = []
    var waiting: [(grant: LeaseService.Grant, agent: AgentRecord, chunk: ResultService.Chunk)] = []
    var inventories: Int64 = 0
  }

  private func rows(_ fleet: Fleet, _ text: String, asOf time: Timestamp) async throws -> [String] {
    let query = try fleet.chart.query(text, asOf: time)
    var rows: [ChartRow] = []
    var position: ChartPosition?
    repeat {
      let page = try await fleet.chart.ports(query, after: position, limit: 5)
      rows += page.rows
      position = page.next
    } while position != nil
    return rows.map { "\($0.host.scope.rawValue) \($0.host.address):\($0.port)" }
  }

  /// Any agent may take any of three addresses, and several may have the same.
  private func sendInventory(_ world: inout World) async throws {
    guard let agent = world.hosts.randomElement(using: &world.random) else { return }
    world.inventories += 1
    var interfaces = [
      InterfaceAddress(interface: "lo", address: .ipv4Loopback, prefixLength: 8),
      InterfaceAddress(interface: "docker0", address: IPAddress(ipv4: 0xac11_0001), prefixLength: 16),
    ]
    for offset in 0..<3 as Range<UInt32> where Int.random(in: 0..<3, using: &world.random) == 0 {
      interfaces.append(
        InterfaceAddress(interface: "eth\(offset)", address: IPAddress(ipv4: Self.home + offset), prefixLength: 24))
    }
    var listeners: [ListenerRecord.Key: ListenerContent] = [:]
    for port in [1, 2, 3, 4, 9] as [Port] where Bool.random(using: &world.random) {
      let places: [IPAddress] = [.ipv4Unspecified, IPAddress(ipv4: Self.home), .ipv4Loopback]
      let name = ["nginx", "sshd", nil].randomElement(using: &world.random) ?? nil
      listeners[
        .init(
          transport: .tcp, address: places.randomElement(using: &world.random) ?? .ipv4Loopback, port: port,
          interface: "")] = ListenerContent(
          isIPv6Only: false, uid: 0, user: ["root", "www"].randomElement(using: &world.random), inode: 1,
          processes: name.map { [ListeningProcess(pid: Int32.random(in: 1...9, using: &world.random), name: $0)] }
            ?? [],
          ownerUnknownReason: name == nil ? "not permitted" : nil,
          unit: ["a.service", nil].randomElement(using: &world.random) ?? nil,
          container: ["c", nil].randomElement(using: &world.random) ?? nil)
    }
    _ = try await world.fleet.results.accept(
      InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: world.inventories), takenAt: world.fleet.clock.now,
        interfaces: interfaces, listeners: listeners), from: agent)
  }

  private func look(_ world: inout World) async throws {
    guard let agent = world.scanners.randomElement(using: &world.random) else { return }
    _ = try await world.fleet.submit(
      "10.0.0.5-10.0.0.7", ports: "1-4", zones: [agent.zone == world.scanners[0].zone ? "default" : "dmz"]
    ) { $0.identifies = true }
    while let grant = try await world.fleet.grant(agent) {
      let open = Set([1, 2, 3, 4].filter { _ in Bool.random(using: &world.random) }.map { ProtocolPort(.tcp, $0) })
      let other: (state: EndpointState, reason: ProbeReason) =
        [(.closed, .connectionRefused), (.closed, .connectionRefused), (.filtered, .noResponse)]
        .randomElement(using: &world.random) ?? (.closed, .connectionRefused)
      let plain = try await world.fleet.chunk(
        grant, number: 0, grant.blocks.map(\.rectangle), open: open, otherwise: other.state, because: other.reason,
        isSelfView: Int.random(in: 0..<8, using: &world.random) == 0)
      let chunk = ResultService.Chunk(
        number: 0, digest: plain.digest, completed: plain.completed,
        sightings: plain.sightings.map { sighting in
          let service = ServiceFacts(
            name: ["http", "ssh", nil].randomElement(using: &world.random) ?? nil,
            product: ["nginx", "OpenSSH", nil].randomElement(using: &world.random) ?? nil, confidence: .certain)
          return .init(
            host: sighting.host, endpoint: sighting.endpoint, reason: sighting.reason,
            observedAt: sighting.observedAt, isSelfView: sighting.isSelfView,
            service: Bool.random(using: &world.random) ? service : nil)
        }, runs: plain.runs)
      world.waiting.append((grant, agent, chunk))
      // What comes late closes nothing.
      if Bool.random(using: &world.random) { try await send(&world) }
    }
  }

  private func send(_ world: inout World) async throws {
    for results in world.waiting.shuffled(using: &world.random) {
      // Of a lease that is over, sightings are kept all the same.
      if try await world.fleet.results.accept(
        results.chunk, under: Fleet.claim(results.grant), from: results.agent)
      {
        try await world.fleet.finish(results.grant, by: results.agent, chunks: 1)
      }
    }
    world.waiting = []
  }

  @Test(
    "What an index of the past leaves out did not fit, however late results come and addresses move",
    arguments: 0..<6 as Range<UInt64>)
  func leavesNothingOut(seed: UInt64) async throws {
    try await Fleet.run { fleet async throws in
      var world = World(fleet: fleet, random: SeededGenerator(seed: seed))
      for number in 0..<3 {
        world.hosts.append(
          try await fleet.enrol("host\(number)", duties: [.inventory], tags: number == 1 ? ["lab"] : []))
      }
      world.scanners = [
        try await fleet.enrol("scanner", duties: [.scan]), try await fleet.enrol("dmz", zone: "dmz", duties: [.scan]),
      ]
      for scanner in world.scanners { try await fleet.hello(scanner) }
      var times: [Timestamp] = []
      for step in 0..<24 {
        switch Int.random(in: 0..<5, using: &world.random) {
        case 0, 1: try await sendInventory(&world)
        case 2: try await send(&world)
        default: try await look(&world)
        }
        if step == 18 { try await fleet.places.removeAgent(world.hosts.removeLast().id) }
        times.append(fleet.clock.now)
        fleet.clock.advance(by: .seconds([1, 20, 500].randomElement(using: &world.random) ?? 1))
      }
      try await send(&world)
      var found: [String: Int] = [:]
      for time in times.shuffled(using: &world.random).prefix(8) {
        for text in Self.asked {
          let rows = try await rows(fleet, text, asOf: time)
          #expect(
            try await rows == self.rows(fleet, "(\(text)) or pid:0", asOf: time), "seed \(seed), \(text) as of \(time)")
          found[text, default: 0] += rows.count
        }
      }
      #expect(found["service:ssh", default: 0] > 0 && found["product:nginx", default: 0] > 0)
    }
  }

  @Test("What was closed for a while is found closed at that time, and at no other")
  func findsWhatWasClosed() async throws {
    try await Fleet.run { fleet async throws in
      let agent = try await fleet.enrol("scanner", duties: [.scan])
      func scan(open: Set<ProtocolPort>) async throws -> Timestamp {
        _ = try await fleet.submit("10.0.0.5", ports: "1-4")
        try await fleet.workThrough(agent, open: open)
        let time = fleet.clock.now
        fleet.clock.advance(by: .seconds(60))
        return time
      }
      let both = try await scan(open: [ProtocolPort(.tcp, 1), ProtocolPort(.tcp, 2)])
      let one = try await scan(open: [ProtocolPort(.tcp, 1)])
      let again = try await scan(open: [ProtocolPort(.tcp, 1), ProtocolPort(.tcp, 2)])
      let none = try await scan(open: [])
      #expect(try await rows(fleet, "state:closed", asOf: both) == [])
      #expect(try await rows(fleet, "state:closed", asOf: one) == [" 10.0.0.5:2"])
      #expect(try await rows(fleet, "state:filtered", asOf: one) == [])
      #expect(try await rows(fleet, "state:closed", asOf: again) == [])
      #expect(try await rows(fleet, "state:closed,filtered", asOf: none) == [" 10.0.0.5:1", " 10.0.0.5:2"])
      #expect(try await rows(fleet, "state:closed port:1", asOf: none) == [" 10.0.0.5:1"])
    }
  }
}
