import Foundation
import GRDB
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// Which files the store opens, and which it leaves alone.
@Suite struct SQLiteFileTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("periplus.sqlite")
  }

  private func open(_ path: String) -> Result<SQLiteStore, any Error> { Result { try SQLiteStore(path: path) } }

  private func expectRefusal(_ code: StoreError.Code, sourceLocation: SourceLocation = #_sourceLocation) {
    do {
      _ = try SQLiteStore(path: path)
      Issue.record("the file was opened", sourceLocation: sourceLocation)
    } catch {
      #expect((error as? StoreError)?.code == code, "\(error)", sourceLocation: sourceLocation)
    }
  }

  @Test("A fresh file gets the schema, one site with one zone, and the scope that harms nobody")
  func makesFreshFiles() async throws {
    let store = try SQLiteStore(path: path)
    try await store.read { session throws in
      #expect(try session.sites().map(\.name) == ["default"])
      #expect(try session.zones().map(\.name) == ["default"])
      #expect(try session.scopeRules().map(\.name) == DefaultScope.entries.map(\.name))
      #expect(try session.scopeRules().map(\.networks) == DefaultScope.entries.map(\.networks))
      #expect(try session.generation() == 1)
    }
  }

  @Test("What was committed is there when the file is opened again, and nothing is seeded twice")
  func keepsWhatWasCommitted() async throws {
    let first = try SQLiteStore(path: path)
    _ = try await first.change { try $0.insertSite(name: "second", at: StoreFixture.start) }
    try first.close()
    let second = try SQLiteStore(path: path)
    let names = try await second.read { try $0.sites().map(\.name) }
    #expect(names == ["default", "second"])
  }

  @Test("An empty file is a fresh one")
  func takesEmptyFiles() async throws {
    #expect(FileManager.default.createFile(atPath: path, contents: Data()))
    let store = try SQLiteStore(path: path)
    #expect(try await store.read { try $0.sites().count } == 1)
  }

  @Test("A file that a first start left behind before its schema was written is a fresh one")
  func takesAbandonedFirstStarts() async throws {
    let pool = try DatabasePool(path: path)
    try await pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    try pool.close()
    let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    #expect(size > 0)
    let store = try SQLiteStore(path: path)
    #expect(try await store.read { try $0.sites().count } == 1)
  }

  @Test("A file that a newer program has migrated is refused and stays as it was")
  func refusesNewerFiles() throws {
    try SQLiteStore(path: path).close()
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations(identifier) VALUES ('999 from the future')") }
    try queue.close()
    let before = try Data(contentsOf: URL(filePath: path))
    expectRefusal(.newerVersion)
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test("A file that is no database is refused and stays as it was")
  func refusesOtherFiles() throws {
    let before = Data(String(repeating: "not a database\n", count: 500).utf8)
    try before.write(to: URL(filePath: path))
    expectRefusal(.foreignFile)
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test("A folder that is not there is told as such")
  func tellsMissingFolders() {
    let result = open(folder.path("missing/periplus.sqlite"))
    #expect(throws: StoreError.self) { try result.get() }
  }

  @Test("The schema is sound: SQLite finds no fault, and no migration is left to run")
  func migratesCompletely() throws {
    try SQLiteStore(path: path).close()
    let queue = try DatabaseQueue(path: path)
    try queue.read { database throws in
      #expect(try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok")
      #expect(try Schema.migrator.hasCompletedMigrations(database))
      #expect(try Int32.fetchOne(database, sql: "PRAGMA application_id") == Schema.applicationID)
      let loose = try String.fetchAll(
        database,
        sql: """
          SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%STRICT%'
            AND name NOT IN ('sqlite_sequence', 'grdb_migrations')
          """)
      #expect(loose.isEmpty, "every table is STRICT")
    }
  }

  @Test("Every earlier version of the schema is brought to the present one, and keeps its rows")
  func migratesFromEachVersion() throws {
    for version in Schema.migrator.migrations {
      let queue = try DatabaseQueue()
      try Schema.migrator.migrate(queue, upTo: version)
      try queue.write { try $0.execute(sql: "INSERT INTO site(name, created_at) VALUES ('kept', 1)") }
      try Schema.migrator.migrate(queue)
      try queue.read { database throws in
        #expect(try Schema.migrator.hasCompletedMigrations(database))
        #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM site WHERE name = 'kept'") == 1)
      }
    }
  }
}
