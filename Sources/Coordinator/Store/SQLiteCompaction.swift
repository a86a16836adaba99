internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB

/// Writes the store's file anew without the room that purges left in it.
package enum SQLiteCompaction {
  /// Octets before and after.
  package struct Sizes: Hashable, Sendable {
    package let before: Int
    package let after: Int
  }

  /// Blocks, and wants as much free space as the rows take, twice: in SQLite's temporary folder and in the file's log (sqlite.org/lang_vacuum.html).
  ///
  /// - Precondition: no coordinator runs on `path`.
  ///
  /// Throws a `StoreError` for a database that is not ours, not there, of another version, or a full disk; then the file is as it was.
  package static func compact(_ path: String) throws -> Sizes {
    do {
      try SQLiteStore.checkOwnership(path, mustExist: true)
      let queue = try DatabaseQueue(path: path)
      let before = try size(path)
      guard try queue.read({ try Schema.migrator.hasCompletedMigrations($0) }) else {
        throw StoreError(.failed, "\(path) is of an earlier version; start the coordinator once, then compact it")
      }
      try queue.writeWithoutTransaction { database in
        // What a coordinator that was killed left in the log is part of the file.
        _ = try database.checkpoint(.truncate)
        try database.execute(sql: "VACUUM")
        _ = try database.checkpoint(.truncate)
      }
      try queue.close()
      return Sizes(before: before, after: try size(path))
    } catch {
      throw SQLiteFailure.storeError(error, path: path)
    }
  }

  private static func size(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
  }
}
