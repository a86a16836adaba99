import Glibc
import LinuxSystem
import Model
import ScanEngine
import Synchronization
import Testing
import Worker

@testable import AgentMain

/// Jobs that ask services, on a port of loopback that accepts and stays silent.
@Suite(.timeLimit(.minutes(10))) struct EngineProberTests {
  /// Listening; the kernel accepts for it.
  private final class SilentPort {
    let descriptor: Descriptor
    let port: Port

    init() throws {
      descriptor = Descriptor(
        owning: try SystemCall.retrying("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
      let number = descriptor.number
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let status = withUnsafeMutablePointer(to: &address) { place in
        place.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
          bind(number, pointer, length) == 0 && listen(number, 64) == 0 && getsockname(number, pointer, &length) == 0
        }
      }
      try #require(status)
      port = Port(UInt16(bigEndian: address.sin_port))
    }
  }

  private func work(
    _ port: Port, identifies: Bool = true, isAllowed: @escaping @Sendable (HostAddress, ProtocolPort) -> Bool
  ) -> ProbeWork {
    let ports = PortSelection(tcp: PortSet(ports: [port]))
    let host = HostRange(AddressRange(.ipv4Loopback))
    return ProbeWork(
      blocks: [.init(hosts: [host], ports: ports)], probesPerSecond: nil, probesPerSecondPerHost: nil, timing: nil,
      identifies: identifies, isAllowed: isAllowed)
  }

  @Test("An open endpoint waits for its identity; cancelled meanwhile, it is not observed at all")
  func cancelsTheAsking() async throws {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let silent = try SilentPort()
    let (asked, arrival) = AsyncStream<Void>.makeStream()
    let connections = Atomic<Int>(0)
    let run = try EngineProber(engine: engine).begin(
      work(silent.port) { _, _ in
        // The first is the probe's.
        if connections.wrappingAdd(1, ordering: .relaxed).newValue == 2 { arrival.yield() }
        return true
      })
    async let observations = run.next()
    for await _ in asked { break }
    run.cancel()
    #expect(try await observations.isEmpty)
  }

  @Test("An open endpoint that may not be asked is open, its service unknown")
  func tellsWhatWasNotAsked() async throws {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let silent = try SilentPort()
    let connections = Atomic<Int>(0)
    let run = try EngineProber(engine: engine).begin(
      work(silent.port) { _, _ in connections.wrappingAdd(1, ordering: .relaxed).newValue == 1 })
    let observation = try #require(try await run.next().observations.first)
    #expect(observation.state == .open && observation.service == nil)
    #expect(try await run.next().isEmpty)
  }

  @Test("Without asking, an open endpoint is told at once")
  func probesAlone() async throws {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let silent = try SilentPort()
    let run = try EngineProber(engine: engine).begin(work(silent.port, identifies: false) { _, _ in true })
    let observation = try #require(try await run.next().observations.first)
    #expect(observation.state == .open && observation.service == nil)
    #expect(try await run.next().isEmpty)
  }

  @Test("Probes and connections that ask keep the job's rates together")
  func dividesPace() {
    let free = DividedPace(ScanPace())
    #expect(free.probing == ScanPace() && free.askingInterval == nil && free.askingIntervalPerHost == nil)
    var pace = ScanPace(probesPerSecond: 100)
    pace.probesPerSecondPerHost = 20
    let divided = DividedPace(pace)
    #expect(divided.probing.spacing == .milliseconds(10) * 4 / 3)
    #expect(divided.askingInterval == .milliseconds(40))
    #expect(divided.probing.probesPerSecondPerHost == 15 && divided.askingIntervalPerHost == .milliseconds(200))
    let polite = DividedPace(TimingTemplate.polite.pace)
    #expect(polite.askingInterval == .milliseconds(1_600))
    #expect(polite.probing.spacing == .milliseconds(400) * 4 / 3)
  }

  @Test("Nobody waits for room that nobody is left to make")
  func opensRoom() async {
    let room = IdentificationRoom(limit: 1)
    await room.enter()
    async let second: Void = room.enter()
    room.leave()
    await second
    async let third: Void = room.enter()
    room.open()
    await third
    await room.enter()
  }
}
