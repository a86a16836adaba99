import FoundationEssentials
import LinuxSystem
import Model
import Spool
import Synchronization
import Testing
import Wire
import Worker
import WorkerSupport

@testable import AgentMain

/// The worker's spool over a folder.
@Suite(.timeLimit(.minutes(10))) struct DiskSpoolTests {
  private let folder = FileManager.default.temporaryDirectory.appending(
    path: "periplus-disk-spool-\(UUID().uuidString)")
  private let log = Lines()

  private func withFolder(_ body: () async throws -> Void) async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body()
  }

  private func spool(_ name: String = "spool", limits: SpoolLimits = .standard) throws -> DiskSpool {
    try DiskSpool(folder.appending(path: name).path(), limits: limits, clock: AgentClock(), log: log)
  }

  @Test("The spool on the disk does what every spool does")
  func conforms() async throws {
    try await withFolder {
      let spool = try spool()
      try await spool.open()
      #expect(try await SpoolConformance.violations(of: spool) == [])
    }
  }

  @Test("What lies in the folder is said at the start, and comes as the same octets that were sent before")
  func fromBefore() async throws {
    try await withFolder {
      do {
        let queue = try SpoolQueue(folder.appending(path: "spool").path())
        let payload = try StoredResult.encode(SpoolConformance.chunk(3))
        _ = try queue.append(kind: StoredResult.kind, payload: payload, at: AgentClock().now)
      }
      let spool = try spool()
      try await spool.open()
      #expect(spool.contents.records == 1)
      #expect(log.said.count == 1 && log.said.first?.contains("1 results") == true, "\(log.said)")
      guard case .chunk(_, let before) = SpoolConformance.chunk(3),
        case .chunk(_, let after)? = try await spool.first()?.result
      else {
        Issue.record("a chunk comes as a chunk")
        return
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      #expect(try encoder.encode(before) == encoder.encode(after), "by its octets the coordinator knows a repetition")
    }
  }

  @Test("A record that this version cannot read is lost with a line, and the next one comes")
  func unreadable() async throws {
    try await withFolder {
      do {
        let queue = try SpoolQueue(folder.appending(path: "spool").path())
        _ = try queue.append(kind: 99, payload: [1, 2, 3], at: AgentClock().now)
        _ = try queue.append(kind: StoredResult.kind, payload: [1, 2, 3], at: AgentClock().now)
        let payload = try StoredResult.encode(SpoolConformance.finish(3))
        _ = try queue.append(kind: StoredResult.kind, payload: payload, at: AgentClock().now)
      }
      let spool = try spool()
      try await spool.open()
      #expect(try await spool.first()?.result == SpoolConformance.finish(3))
      #expect(spool.contents.records == 1 && spool.contents.lostRecords == 2)
      #expect(log.said.contains { $0.contains("form 99 is not known") }, "\(log.said)")
      #expect(log.said.count { $0.hasPrefix("1 spooled record (") } == 2, "\(log.said)")
    }
  }

  @Test("A second agent on the folder is refused")
  func inUse() async throws {
    try await withFolder {
      let first = try spool()
      try await first.open()
      let second = try spool()
      await #expect(throws: SpoolError.self) { try await second.open() }
      try await first.remove(1)
    }
  }

  @Test("A folder that cannot be made is said, and used once it can be")
  func noFolderYet() async throws {
    try await withFolder {
      let spool = try spool("deep/spool")
      try await spool.open()
      #expect(log.said.count == 1 && log.said.first?.hasPrefix("results cannot be spooled: ") == true, "\(log.said)")
      #expect(try await spool.first() == nil)
      await #expect(throws: SpoolError.self) { try await spool.append(SpoolConformance.chunk(0)) }
      try FileManager.default.createDirectory(
        at: folder.appending(path: "deep"), withIntermediateDirectories: true)
      #expect(try await spool.append(SpoolConformance.chunk(0)) == 1)
      #expect(spool.contents.records == 1)
    }
  }

  @Test("Every loss is a line of the log")
  func losses() async throws {
    try await withFolder {
      let spool = try spool(limits: SpoolLimits(bytes: 1_500, age: .seconds(1_000)))
      for number in 0..<10 { _ = try await spool.append(SpoolConformance.chunk(number)) }
      #expect(spool.contents.lostRecords > 0)
      #expect(log.said.count { $0.contains("lost: the spool is full") } == spool.contents.lostRecords)
    }
  }

  /// The lines of a log.
  private final class Lines: WorkerLog {
    private let lines = Mutex<[String]>([])
    var said: [String] { lines.withLock { $0 } }
    func note(_ line: String) { lines.withLock { $0.append(line) } }
  }
}
