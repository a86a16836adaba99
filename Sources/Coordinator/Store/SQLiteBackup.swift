internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
package import Model

/// Copies of the store in one file: made while the coordinator runs, and brought back while it does not.
package enum SQLiteBackup {
  /// What a restored store has lost.
  package struct Restored: Sendable {
    /// Leases granted under an earlier one are refused.
    package let generation: Int64
    package let voidedJoinTokens: Int
    package let agents: Int
  }

  /// Writes a copy of the database at `path` to a new file with mode 0600. Blocks; the coordinator may go on writing.
  ///
  /// Throws a `StoreError` for a database that is not ours or not there, and for a file that is there already or cannot be
  /// written; then there is no file.
  package static func write(database path: String, to file: String) throws {
    try demandAbsent(file)
    try check(path)
    let partial = file + ".part"
    do {
      try copy(from: path, to: partial)
      try FileManager.default.moveItem(atPath: partial, toPath: file)
    } catch {
      remove(partial)
      throw SQLiteFailure.storeError(error, path: file)
    }
  }

  /// Makes a copy the database at `path`, raises its generation, and voids its join tokens. Blocks.
  ///
  /// - Precondition: no coordinator runs on `path`.
  ///
  /// Throws a `StoreError` for a file that is no backup, or where a database is already; then nothing has changed.
  package static func restore(_ file: String, to path: String, at now: Timestamp) throws -> Restored {
    try demandAbsent(path)
    try check(file)
    let partial = path + ".part"
    do {
      try copy(from: file, to: partial)
      let queue = try DatabaseQueue(path: partial)
      guard try queue.read({ try String.fetchOne($0, sql: "PRAGMA integrity_check") }) == "ok" else {
        throw StoreError(.failed, "\(file) is damaged")
      }
      try Schema.migrator.migrate(queue)
      let restored = try queue.write { try renew($0, at: now) }
      try queue.close()
      for suffix in ["-wal", "-shm"] { remove(path + suffix) }
      try FileManager.default.moveItem(atPath: partial, toPath: path)
      return restored
    } catch {
      remove(partial)
      throw SQLiteFailure.storeError(error, path: path)
    }
  }

  private static func renew(_ database: Database, at now: Timestamp) throws -> Restored {
    // The clock besides, so that two restorations of one backup do not end in the same generation.
    try database.execute(
      sql: "UPDATE coordinator SET generation = max(generation + 1, ?)", arguments: [now.milliseconds])
    try database.execute(
      sql: "UPDATE token SET revoked_at = ? WHERE use = 'join' AND revoked_at IS NULL", arguments: [now.milliseconds])
    let voided = database.changesCount
    return Restored(
      generation: try Int64.fetchOne(database, sql: "SELECT generation FROM coordinator") ?? 1,
      voidedJoinTokens: voided,
      agents: try Int.fetchOne(database, sql: "SELECT count(*) FROM agent WHERE removed_at IS NULL") ?? 0)
  }

  private static func copy(from path: String, to file: String) throws {
    remove(file)
    guard FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600]) else {
      throw StoreError(.failed, "\(file) cannot be made; is its folder there, and may it be written?")
    }
    var configuration = Configuration()
    configuration.readonly = true
    let source = try DatabaseQueue(path: path, configuration: configuration)
    let target = try DatabaseQueue(path: file)
    try source.backup(to: target)
    // One file: a backup of a database with a log would be opened with one of its own.
    try target.writeWithoutTransaction { _ = try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
    try source.close()
    try target.close()
  }

  private static func check(_ file: String) throws {
    do {
      try SQLiteStore.checkOwnership(file, mustExist: true)
    } catch {
      throw SQLiteFailure.storeError(error, path: file)
    }
  }

  private static func demandAbsent(_ file: String) throws {
    guard !FileManager.default.fileExists(atPath: file) else {
      throw StoreError(.failed, "\(file) is there already; name another file, or move that one away")
    }
  }

  /// What is not there needs no removing, and what cannot be removed is told by what comes next.
  private static func remove(_ file: String) { try? FileManager.default.removeItem(atPath: file) }
}
