import Model
import SocketFilter
import SocketInventory
import Synchronization
import Testing

@testable import ScanEngine

/// Serial, because all of them use this host's one loopback and its ports.
@Suite("Connect engine on loopback", .serialized)
struct ConnectEngineTests {
  private static func work(
    _ address: IPAddress = .ipv4Loopback, ports: PortSet, pace: ScanPace = ScanPace(),
    isAllowed: @escaping @Sendable (HostAddress, ProtocolPort) -> Bool = { _, _ in true }
  ) -> ScanWork {
    ScanWork(
      blocks: [ScanBlock(hosts: [HostRange(AddressRange(address))], ports: PortSelection(tcp: ports))], pace: pace,
      isAllowed: isAllowed)
  }

  private static func collect(_ run: ScanRun) async -> [Observation] {
    var observations: [Observation] = []
    for await batch in run { observations += batch.observations }
    return observations
  }

  /// What listens on one loopback address now, by the kernel's own table.
  private static func listeners(_ address: IPAddress) throws -> Set<Port> {
    let query = SocketQuery(protocols: [.tcp], states: [.listening], includesProcesses: false)
    let rows = try InventoryReader.snapshot(query).rows.filter { row in
      let isWildcard = row.localAddress.isUnspecified
      let isDualStack = row.family == .ipv6 && row.isIPv6Only != true
      return row.localAddress == address || isWildcard && (row.family == address.family || isDualStack)
    }
    return Set(rows.map(\.localPort))
  }

  @Test(
    "Listeners are open and bound sockets that do not listen are closed",
    arguments: [IPAddress.ipv4Loopback, IPAddress.ipv6Loopback])
  func openAndClosed(address: IPAddress) async throws {
    let first = try LoopbackSocket(address)
    let second = try LoopbackSocket(address)
    let silent = try LoopbackSocket(address, isListening: false)
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let ports = PortSet(ports: [first.port, second.port, silent.port])
    let observations = await Self.collect(try engine.begin(Self.work(address, ports: ports)))
    #expect(observations.count == 3)
    for observation in observations {
      let isOpen = observation.port.port != silent.port
      #expect(observation.state == (isOpen ? .open : .closed))
      #expect(observation.reason == (isOpen ? .synAck : .connectionRefused))
      #expect(observation.isSelf)
      #expect(observation.roundTrip != nil)
      #expect(observation.tries == 1)
      #expect(observation.icmp == nil)
      #expect(observation.host == HostAddress(address))
      #expect(observation.portOffset == ports.index(of: observation.port.port))
    }
    _ = consume first
    _ = consume second
    _ = consume silent
  }

  @Test(
    "All 65,535 ports are observed exactly once, and open is what listens",
    arguments: [IPAddress(ipv4: 0x7f4d_0103), IPAddress.ipv6Loopback])
  func everyPort(address: IPAddress) async throws {
    let own = try LoopbackSocket(address)
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let before = try Self.listeners(address)
    let observations = await Self.collect(try engine.begin(Self.work(address, ports: .all)))
    let after = try Self.listeners(address)
    #expect(observations.count == 65_535)
    #expect(Set(observations.map(\.port.port)).count == 65_535)
    #expect(observations.allSatisfy { $0.state == .open || $0.state == .closed })
    let open = Set(observations.filter { $0.state == .open }.map(\.port.port))
    #expect(open.contains(own.port))
    #expect(open.isSuperset(of: before.intersection(after)))
    // A self-connection would show as an open port that nobody listens on. On ::1 others may listen for a moment between
    // the two looks; 127.77.1.3 is this test's own.
    if address.family == .ipv4 { #expect(open.isSubset(of: before.union(after))) }
    _ = consume own
  }

  @Test("Several hosts and blocks are told apart by block, offset and port")
  func severalBlocks() async throws {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let network = AddressRange(network: IPAddress(ipv4: 0x7f01_0200), prefixLength: 28)
    let blocks = [
      ScanBlock(hosts: [HostRange(network)], ports: PortSelection(tcp: PortSet([1...3]))),
      ScanBlock(hosts: [], ports: PortSelection(tcp: PortSet([9...9]))),
      ScanBlock(hosts: [HostRange(AddressRange(.ipv4Loopback))], ports: PortSelection()),
      ScanBlock(
        hosts: [HostRange(AddressRange(.ipv4Loopback)), HostRange(AddressRange(.ipv6Loopback))],
        ports: PortSelection(tcp: PortSet([7...7]))),
    ]
    let observations = await Self.collect(try engine.begin(ScanWork(blocks: blocks) { _, _ in true }))
    #expect(observations.count == 16 * 3 + 2)
    let places = Set(observations.map { [$0.blockIndex, Int($0.hostOffset), $0.portOffset] })
    #expect(places.count == 50)
    for observation in observations {
      let range = observation.blockIndex == 0 ? network : nil
      let expected = range.map { IPAddress(family: .ipv4, value: $0.first.value + observation.hostOffset) }
      #expect(observation.host.address == expected ?? (observation.hostOffset == 0 ? .ipv4Loopback : .ipv6Loopback))
    }
  }

  @Test("A work without endpoints ends at once")
  func nothingToDo() async throws {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    #expect(await Self.collect(try engine.begin(ScanWork(blocks: []) { _, _ in true })).isEmpty)
  }

  @Test("A handful of descriptors slows a run down and changes nothing else")
  func fewDescriptors() async throws {
    let own = try LoopbackSocket()
    let engine = try ConnectEngine(.init(descriptors: 3))
    defer { engine.shutdown() }
    let first = max(own.port.rawValue, 2000) - 1000
    let ports = PortSet([first...own.port.rawValue])
    let observations = await Self.collect(try engine.begin(Self.work(ports: ports)))
    #expect(Set(observations.map(\.port.port)).count == ports.count)
    #expect(observations.count == ports.count)
    #expect(observations.last { $0.port.port == own.port }?.state == .open)
    #expect(observations.allSatisfy { $0.state != .unchecked })
    _ = consume own
  }

  @Test("Cancelling in the middle stops connecting and ends the sequence; nothing is seen twice")
  func cancelled() async throws {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let asked = Atomic<Int>(0)
    let run = try engine.begin(
      Self.work(ports: .all) { _, _ in
        asked.add(1, ordering: .relaxed)
        return true
      })
    var observations: [Observation] = []
    var askedAtCancel = 0
    for await batch in run {
      observations += batch.observations
      run.cancel()
      if askedAtCancel == 0 { askedAtCancel = asked.load(ordering: .relaxed) }
    }
    #expect(!observations.isEmpty && observations.count < 65_535)
    #expect(Set(observations.map(\.port)).count == observations.count)
    // One connect may have been under way when cancel was called.
    #expect(asked.load(ordering: .relaxed) <= askedAtCancel + 1)
  }

  @Test("Cancelling the task that waits cancels the run")
  func taskCancelled() async throws {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    // One probe in an hour: it would never end by itself.
    let run = try engine.begin(
      Self.work(ports: PortSet([1...1000]), pace: ScanPace(maxInFlight: 1, probesPerSecond: 1)))
    let task = Task { await Self.collect(run).count }
    task.cancel()
    #expect(await task.value < 1000)
  }

  @Test("A consumer that takes nothing stops new connections; everything arrives when it takes again")
  func slowConsumer() async throws {
    let engine = try ConnectEngine(.init(unreportedLimit: 100))
    defer { engine.shutdown() }
    let asked = Atomic<Int>(0)
    let slow = try engine.begin(
      Self.work(ports: PortSet([1...3000])) { _, _ in
        asked.add(1, ordering: .relaxed)
        return true
      })
    // Runs of their own that come to their end beside it: each needs several turns of the loop, in which the slow one
    // could go on if its credit let it.
    for _ in 0..<5 {
      let other = try engine.begin(Self.work(ports: PortSet([1...500])))
      #expect(await Self.collect(other).count == 500)
      #expect(asked.load(ordering: .relaxed) <= 100)
    }
    #expect(asked.load(ordering: .relaxed) == 100)
    let observations = await Self.collect(slow)
    #expect(observations.count == 3000)
    #expect(Set(observations.map(\.port)).count == 3000)
  }

  @Test("What policy refuses is unchecked and never connected to")
  func policy() async throws {
    let own = try LoopbackSocket()
    let refused = own.port
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let ports = PortSet(ports: [refused, Port(1)])
    let run = try engine.begin(Self.work(ports: ports) { _, endpoint in endpoint.port != refused })
    let observations = await Self.collect(run)
    #expect(observations.count == 2)
    let observation = try #require(observations.first { $0.port.port == refused })
    #expect(observation.state == .unchecked)
    #expect(observation.reason == .policy)
    #expect(observation.tries == 0)
    _ = consume own
  }

  @Test("A zone that this host does not have is unchecked")
  func unknownZone() async throws {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let host = try #require(HostAddress("fe80::1%no-such-link"))
    let work = ScanWork(
      blocks: [ScanBlock(hosts: [HostRange(host)], ports: PortSelection(tcp: PortSet([80...82])))]) { _, _ in true }
    let observations = await Self.collect(try engine.begin(work))
    #expect(observations.map(\.reason) == [.noLocalRoute, .noLocalRoute, .noLocalRoute])
    #expect(observations.allSatisfy { $0.state == .unchecked && $0.host == host })
  }

  @Test("Protocols that cannot be probed, bad paces and a stopped engine are refused")
  func refusals() throws {
    let engine = try ConnectEngine()
    let hosts = [HostRange(AddressRange(.ipv4Loopback))]
    let sctp = ScanBlock(hosts: hosts, ports: PortSelection(sctp: PortSet([53...53])))
    let refusal = #expect(throws: ScanEngineError.self) {
      try engine.begin(ScanWork(blocks: [sctp]) { _, _ in true })
    }
    #expect(refusal?.code == .unsupportedProtocol)
    let bad = Self.work(ports: PortSet([1...1]), pace: ScanPace(probesPerSecond: 0))
    let error = #expect(throws: ScanEngineError.self) { try engine.begin(bad) }
    #expect(error?.code == .invalidPace)
    engine.shutdown()
    engine.shutdown()
    let late = #expect(throws: ScanEngineError.self) { try engine.begin(Self.work(ports: PortSet([1...1]))) }
    #expect(late?.code == .shutDown)
  }

  @Test("Shutting down ends every run")
  func shutdownEndsRuns() async throws {
    let engine = try ConnectEngine()
    let run = try engine.begin(
      Self.work(ports: .all, pace: ScanPace(maxInFlight: 1, probesPerSecond: 1)))
    engine.shutdown()
    #expect(await Self.collect(run).count < 65_535)
  }

  @Test("A pace can be changed while a run is under way")
  func newPace() async throws {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let run = try engine.begin(Self.work(ports: .all, pace: ScanPace(maxInFlight: 1, probesPerSecond: 1)))
    try run.updatePace(ScanPace())
    #expect(await Self.collect(run).count == 65_535)
  }
}
