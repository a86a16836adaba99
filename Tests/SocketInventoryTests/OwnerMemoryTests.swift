import Glibc
import LinuxSystem
import Model
import SocketFilter
import Testing

@testable import SocketInventory

@Suite("Owners from one snapshot to the next")
struct OwnerMemoryTests {
  private func listening(_ own: [ListeningSocket]) throws -> SocketQuery {
    var query = SocketQuery(protocols: [.tcp], families: [.ipv4], states: [.listening])
    query.expression = .any(
      own.map { .predicate(.internet(.local, InternetCondition(ports: PortSet(ports: [$0.port])))) })
    return query
  }

  private func pids(_ snapshot: SocketSnapshot) -> [[Int32]] {
    snapshot.rows.map { $0.ownership.holders.map(\.process.pid) }
  }

  @Test("Sockets that stay with their process are looked after, every Nth time searched for")
  func unchanged() throws {
    let own = try (0..<3).map { _ in try ListeningSocket() }
    let memory = OwnerMemory(fullPassEvery: 3)
    let query = try listening(own)
    for _ in 0..<6 {
      let snapshot = try InventoryReader.snapshot(query, memory: memory)
      #expect(pids(snapshot) == Array(repeating: [getpid()], count: 3))
      #expect(snapshot.rows.allSatisfy { $0.ownersReadAt ?? 0 >= $0.namespace.sampledAt })
    }
    #expect(memory.fullPasses == 2)
    #expect(memory.verifications == 4)
  }

  @Test("A new socket makes a whole pass")
  func added() throws {
    let first = try ListeningSocket()
    let memory = OwnerMemory()
    _ = try InventoryReader.snapshot(try listening([first]), memory: memory)
    let second = try ListeningSocket()
    let snapshot = try InventoryReader.snapshot(try listening([first, second]), memory: memory)
    #expect(snapshot.count == 2)
    #expect(memory.fullPasses == 2)
  }

  @Test("A descriptor that was moved is noticed, though inode and cookie stayed")
  func moved() throws {
    let own = try ListeningSocket()
    let memory = OwnerMemory()
    let query = try listening([own])
    let before = try #require(InventoryReader.snapshot(query, memory: memory).rows.first?.ownership.holders.first)
    #expect(before.descriptor == own.descriptor.number)
    // The socket lives on under another number, and the old one is another file: fork and close look like this too.
    let copy = dup(own.descriptor.number)
    #expect(copy >= 0)
    defer { close(copy) }
    let other = open("/proc/self/stat", O_RDONLY | O_CLOEXEC)
    #expect(dup2(other, own.descriptor.number) == own.descriptor.number)
    close(other)
    let after = try #require(InventoryReader.snapshot(query, memory: memory).rows.first?.ownership.holders.first)
    #expect(after.descriptor == copy)
    #expect(memory.fullPasses == 2)
  }
}
