import Foundation
import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

@Suite struct SQLiteBackupTests {
  private let folder: TemporaryFolder
  private let path: String
  private let file: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("periplus.sqlite")
    file = folder.path("backup")
  }

  private func expectRefusal(
    saying text: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
  ) {
    let error = #expect(throws: StoreError.self, sourceLocation: sourceLocation) { try body() }
    #expect(error?.message.contains(text) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
  }

  @Test(
    "A backup made while the store is written is whole; restored, its generation is higher and join tokens are void")
  func bringsBack() async throws {
    let store = try SQLiteStore(path: path)
    let token = try await store.change { session throws in
      _ = try session.insertSite(name: "second", at: StoreFixture.start)
      return try session.insertToken(
        grant: .join(zone: StoreFixture.zone, duties: [.scan], tags: [], usesAllowed: nil), hash: [1], note: nil,
        at: StoreFixture.start, expiresAt: nil)
    }
    try SQLiteBackup.write(database: path, to: file)
    _ = try await store.change { try $0.insertSite(name: "third", at: StoreFixture.start) }
    #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
    let other = folder.path("other.sqlite")
    let restored = try SQLiteBackup.restore(file, to: other, at: StoreFixture.start)
    #expect(restored.generation == StoreFixture.start.milliseconds && restored.voidedJoinTokens == 1)
    let again = try SQLiteBackup.restore(file, to: folder.path("again.sqlite"), at: StoreFixture.start + .seconds(1))
    #expect(again.generation > restored.generation, "the same backup twice is two generations")
    let reopened = try SQLiteStore(path: other)
    try await reopened.read { session throws in
      #expect(try session.sites().map(\.name) == ["default", "second"])
      #expect(try session.generation() == restored.generation)
      #expect(try session.token(token)?.revokedAt == StoreFixture.start)
    }
    try reopened.close()
    try store.close()
  }

  @Test("Nothing is overwritten, and what is no backup is refused; no file is left behind")
  func refuses() async throws {
    let store = try SQLiteStore(path: path)
    try SQLiteBackup.write(database: path, to: file)
    expectRefusal(saying: "is there already") { try SQLiteBackup.write(database: path, to: file) }
    expectRefusal(saying: "is there already") { _ = try SQLiteBackup.restore(file, to: path, at: StoreFixture.start) }
    expectRefusal(saying: "is not there") {
      try SQLiteBackup.write(database: folder.path("none"), to: folder.path("x"))
    }
    let text = folder.path("text")
    try Data("not a backup\n".utf8).write(to: URL(filePath: text))
    let new = folder.path("new.sqlite")
    #expect(throws: StoreError.self) { try SQLiteBackup.restore(text, to: new, at: StoreFixture.start) }
    let empty = folder.path("empty")
    try Data().write(to: URL(filePath: empty))
    #expect(throws: StoreError.self) { try SQLiteBackup.restore(empty, to: new, at: StoreFixture.start) }
    #expect(throws: StoreError.self) { try SQLiteBackup.write(database: path, to: folder.path("missing/backup")) }
    #expect(!FileManager.default.fileExists(atPath: new))
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path())
    #expect(!left.contains { $0.hasSuffix(".part") })
    try store.close()
  }

  @Test("A damaged backup is refused")
  func refusesDamage() async throws {
    let store = try SQLiteStore(path: path)
    for number in 0..<200 {
      _ = try await store.change { try $0.insertSite(name: "site-\(number)", at: StoreFixture.start) }
    }
    try SQLiteBackup.write(database: path, to: file)
    var octets = try Data(contentsOf: URL(filePath: file))
    for offset in stride(from: 8_192, to: octets.count, by: 97) { octets[offset] ^= 0xff }
    try octets.write(to: URL(filePath: file))
    let new = folder.path("new.sqlite")
    #expect(throws: StoreError.self) { try SQLiteBackup.restore(file, to: new, at: StoreFixture.start) }
    #expect(!FileManager.default.fileExists(atPath: new))
    try store.close()
  }
}
