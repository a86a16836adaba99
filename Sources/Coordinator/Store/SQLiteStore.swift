package import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

/// The store in one SQLite file: write-ahead log, one writing connection that also checkpoints, durable commits.
///
/// `synchronous=FULL`: an answered commit survives a power cut (sqlite.org/pragma.html#pragma_synchronous).
package final class SQLiteStore: CoordinatorStore {
  /// What a commit survives.
  package enum Durability: String, Sendable {
    /// A power cut.
    case full = "FULL"
    /// Nothing but the program's own end: for tests that make thousands of stores.
    case none = "OFF"
  }

  /// Pages that the writing connection keeps.
  private static let cacheKibibytes = 65_536

  /// Pages in the log, 16 MiB, after which they are brought into the file: a page that changes often is written there seldom.
  private static let checkpointPages = 4_096

  private let pool: DatabasePool
  private let watch: (any StatementWatch)?
  private let composed: ComposedStatements

  /// Opens the file, creating it if there is none, and brings it to the present schema. Blocks.
  ///
  /// Throws a `StoreError`: `foreignFile` for a file that is not ours, `newerVersion` for one that a newer program has
  /// migrated; neither is changed.
  package init(path: String, durability: Durability = .full, watch: (any StatementWatch)? = nil) throws {
    self.watch = watch
    do {
      try Self.checkOwnership(path)
      var configuration = Configuration()
      configuration.busyMode = .timeout(5)
      configuration.maximumReaderCount = 4
      // To give up statements, readers need not be opened anew.
      configuration.persistentReadOnlyConnections = true
      configuration.label = "periplus.store"
      configuration.prepareDatabase { database in
        try SeenAgain.install(in: database)
        try RowLook.install(in: database)
      }
      pool = try DatabasePool(path: path, configuration: configuration)
      composed = ComposedStatements { [pool] in pool.releaseMemoryEventually() }
      // GRDB sets NORMAL when it turns the log on, so this comes after.
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = \(durability.rawValue)") }
      // Results arrive all over the chart's indexes. Readers keep SQLite's own 2 MiB.
      try pool.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)")
        try database.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.checkpointPages)")
      }
      let applied = try pool.read { try Schema.migrator.appliedIdentifiers($0) }
      try Schema.migrator.migrate(pool)
      try pool.writeWithoutTransaction { database in
        // A migration may write the whole file anew into the log, which would stay as long as that.
        if !applied.isEmpty, applied != Set(Schema.migrator.migrations) {
          try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        // A statement of many rows keeps every page it touches as it was, to undo itself alone; beyond 64 KiB SQLite writes them to
        // a file (sqlite.org/tempfiles.html, 2.5), which was nine tenths of all that a chunk wrote. Migrations sort whole indexes,
        // and do so in files.
        try database.execute(sql: "PRAGMA temp_store = MEMORY")
      }
    } catch {
      throw SQLiteFailure.storeError(error, path: path)
    }
  }

  /// A file of somebody else's, or of a newer version, must be refused before anything writes to it: turning on the
  /// write-ahead log already does.
  static func checkOwnership(_ path: String, mustExist: Bool = false) throws {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
      guard !mustExist else { throw StoreError(.failed, "\(path) is not there, or may not be read") }
      return
    }
    guard attributes[.type] as? FileAttributeType != .typeDirectory else {
      throw StoreError(.failed, "\(path) is a folder; name a file with --database")
    }
    guard let size = attributes[.size] as? Int, size > 0 || mustExist else { return }
    var configuration = Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    defer { try? queue.close() }
    try queue.read { database in
      let identity = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
      // A first start that ended between turning the log on and writing the schema leaves a file without a table.
      if identity == 0, try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0, !mustExist {
        return
      }
      guard identity == Schema.applicationID else {
        throw StoreError(.foreignFile, "\(path) is not a Periplus database; name another file with --database")
      }
      if try Schema.migrator.hasBeenSuperseded(database) {
        throw StoreError(.newerVersion, "\(path) was written by a newer version of Periplus; update this program")
      }
    }
  }

  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any ReadSession) throws -> Result
  ) async throws -> Result {
    do {
      return try await pool.read { [watch, composed] in
        try body(SQLiteSession(database: $0, watch: watch, composed: composed))
      }
    } catch let error as DatabaseError {
      throw SQLiteFailure.storeError(error, path: pool.path)
    }
  }

  package func commit(_ changes: [any PendingChange]) async {
    let (path, watch, composed) = (pool.path, watch, composed)
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      pool.asyncWriteWithoutTransaction { database in
        do {
          let errors = try Self.apply(changes, to: database, watch, composed)
          for (change, error) in zip(changes, errors) { change.settle(error) }
        } catch {
          let failure = SQLiteFailure.storeError(error, path: path)
          for change in changes { change.settle(failure) }
        }
        continuation.resume()
      }
    }
  }

  private static func apply(
    _ changes: [any PendingChange], to database: Database, _ watch: (any StatementWatch)?,
    _ composed: ComposedStatements
  ) throws -> [(any Error)?] {
    var errors: [(any Error)?] = []
    try database.inTransaction(.immediate) {
      let session = SQLiteSession(database: database, watch: watch, composed: composed)
      // A change alone needs no way back but the transaction's own.
      if let only = changes.first, changes.count == 1 {
        try only.apply(to: session)
        try session.writeTally()
        errors.append(nil)
        return .commit
      }
      for change in changes {
        do {
          try session.inSavepoint {
            try change.apply(to: session)
            try session.writeTally()
          }
          errors.append(nil)
        } catch {
          // A full disk and the like roll the whole transaction back (sqlite.org/lang_transaction.html, "Response To
          // Errors"): then nothing of the batch has happened.
          guard database.isInsideTransaction else { throw error }
          session.tally.discard()
          errors.append(SQLiteFailure.mapped(error))
        }
      }
      return .commit
    }
    return errors
  }

  /// Brings the log into the database file and closes every connection. Blocks. Throws if a read still runs.
  package func close() throws {
    // Closing the last connection would checkpoint too, but not while readers of the pool are open beside it.
    try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    try pool.close()
  }
}
