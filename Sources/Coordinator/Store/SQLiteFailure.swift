internal import CoordinatorCore
internal import GRDB

/// SQLite's result codes as the store's own errors; statements and paths stay inside.
enum SQLiteFailure {
  static func storeError(_ error: any Error, path: String) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    switch error.resultCode {
    case .SQLITE_FULL:
      return StoreError(.full, "the disk that holds the database is full; free space and try again")
    case .SQLITE_NOTADB:
      return StoreError(.foreignFile, "\(path) is not a Periplus database; name another file with --database")
    case .SQLITE_CANTOPEN:
      return StoreError(.failed, "\(path) cannot be opened; check that its folder exists and may be written")
    case .SQLITE_READONLY, .SQLITE_PERM:
      return StoreError(.failed, "\(path) may not be written by this user")
    case .SQLITE_IOERR:
      // Writing the log or growing the shared-memory file on a full disk is reported as an I/O error.
      return StoreError(.full, "the database cannot be written (I/O error); check the disk and its free space")
    default:
      return StoreError(.failed, "the database failed: \(error.message ?? "error \(error.resultCode.rawValue)")")
    }
  }

  /// As `storeError`, for an error inside one change.
  static func mapped(_ error: any Error) -> any Error { storeError(error, path: "the database") }
}
