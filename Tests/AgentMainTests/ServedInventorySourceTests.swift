import InventoryService
import LinuxSystem
import Model
import SocketInventory
import Synchronization
import Testing
import Wire
import Worker

@testable import AgentMain

@Suite(.timeLimit(.minutes(10))) struct ServedInventorySourceTests {
  /// Reads nothing from this machine: one listener, whose owner is known or not.
  private struct OwnReading: InventorySource {
    var ownerUnknownReason: String?

    func sample() async throws -> InventorySample {
      InventorySample(
        addresses: [],
        listeners: [
          ListenerReport(
            transport: .tcp, address: .ipv4Loopback, port: 80, interface: nil, isIPv6Only: false, uid: nil, user: nil,
            inode: nil, processes: [], ownerUnknownReason: ownerUnknownReason, unit: nil)
        ])
    }
  }

  private final class Log: WorkerLog {
    let lines = Mutex<[String]>([])

    func note(_ line: String) { lines.withLock { $0.append(line) } }
  }

  private static let hidden = ProcessOwnership.Reason.needsPrivilege.rawValue

  @Test func whatIsMissingIsSaidOnce() async throws {
    let log = Log()
    let source = ServedInventorySource(
      path: "/nowhere/inventory.sock", log: log, own: OwnReading(ownerUnknownReason: Self.hidden))
    for _ in 0..<3 { #expect(try await source.sample().listeners.count == 1) }
    #expect(log.lines.withLock { $0.count } == 1)
    #expect(log.lines.withLock { $0.first?.contains("/nowhere/inventory.sock") } == true)
  }

  @Test func nothingIsSaidWhereNothingIsMissing() async throws {
    let log = Log()
    let source = ServedInventorySource(path: "/nowhere/inventory.sock", log: log, own: OwnReading())
    _ = try await source.sample()
    #expect(log.lines.withLock { $0 } == [])
  }

  @Test func aServiceThatFailsIsToldOnceAndItsReturnToo() async throws {
    let service = try ScriptedService(answers: [
      Array("nonsense\n".utf8), InventoryExchange.refusal("no"),
      try InventoryExchange.answer(InventorySample(addresses: [], listeners: [])), Array("nonsense\n".utf8),
    ])
    let log = Log()
    let source = ServedInventorySource(
      path: service.path, log: log, own: OwnReading(ownerUnknownReason: Self.hidden), patience: .seconds(20))
    #expect(try await source.sample().listeners.count == 1)
    #expect(try await source.sample().listeners.count == 1)
    #expect(log.lines.withLock { $0.count } == 1)
    #expect(try await source.sample().listeners.isEmpty)
    #expect(log.lines.withLock { $0.last } == "the inventory service answers again")
    #expect(try await source.sample().listeners.count == 1)
    #expect(log.lines.withLock { $0.count } == 3)
    service.remove()
  }
}
