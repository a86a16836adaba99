import Foundation
import GRDB
import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

@Suite struct SQLiteCompactionTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("periplus.sqlite")
  }

  @Test("A compacted file is as small as what it holds, and holds what it held")
  func shrinks() async throws {
    let store = try SQLiteStore(path: path, durability: .none)
    try await store.change { session throws in
      for number in 0..<2_000 { _ = try session.insertSite(name: "site \(number)", at: StoreFixture.start) }
      let session = try #require(session as? SQLiteSession)
      try session.execute("CREATE TABLE past(id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
      for _ in 0..<500 { try session.execute("INSERT INTO past(text) VALUES (hex(zeroblob(4000)))") }
    }
    try await store.change { session throws in
      try #require(session as? SQLiteSession).execute("DROP TABLE past")
    }
    let space = try await store.read { try $0.space() }
    #expect(space.free > 3_000_000 && space.total > space.free)
    try store.close()
    let sizes = try SQLiteCompaction.compact(path)
    #expect(sizes.before == space.total && sizes.after < sizes.before / 4)
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int == sizes.after)
    let reopened = try SQLiteStore(path: path)
    try await reopened.read { session throws in
      #expect(try session.sites().count == 2_001)
      let space = try session.space()
      // Opening a file with an empty log makes a table and drops it again (GRDB's `DatabasePool`): a page, and another where the
      // list of tables had to part for it.
      #expect([0, 4_096].contains(space.total - space.free - sizes.after) && space.free <= 4_096, "\(space), \(sizes)")
    }
    try reopened.close()
    let queue = try DatabaseQueue(path: path)
    #expect(try await queue.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
  }

  @Test("What is not there, not ours or of an earlier version is refused, and left as it is")
  func refuses() throws {
    func refusal() -> String { #expect(throws: StoreError.self) { try SQLiteCompaction.compact(path) }?.message ?? "" }
    #expect(refusal().contains("is not there"))
    #expect(!FileManager.default.fileExists(atPath: path))
    let queue = try DatabaseQueue(path: path)
    try Schema.migrator.migrate(queue, upTo: "20 names")
    try queue.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(refusal().contains("is of an earlier version"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    let foreign = folder.path("foreign")
    let other = try DatabaseQueue(path: foreign)
    try other.write { try $0.execute(sql: "CREATE TABLE a(b)") }
    try other.close()
    let error = #expect(throws: StoreError.self) { try SQLiteCompaction.compact(foreign) }
    #expect(error?.code == .foreignFile)
  }
}
