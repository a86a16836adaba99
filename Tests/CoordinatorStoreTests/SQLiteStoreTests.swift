import Foundation
import GRDB
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

@Suite struct SQLiteStoreTests {
  @Test("A file of somebody else's is refused and stays as it was")
  func refusesForeignFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "other.sqlite")
    let queue = try DatabaseQueue(path: file.path())
    try queue.write { try $0.execute(sql: "CREATE TABLE theirs(x)") }
    try queue.close()
    let before = try Data(contentsOf: file)
    do {
      _ = try SQLiteStore(path: file.path())
      Issue.record("the foreign file was opened")
    } catch let error as StoreError {
      #expect(error.code == .foreignFile)
    }
    #expect(try Data(contentsOf: file) == before)
  }
}
