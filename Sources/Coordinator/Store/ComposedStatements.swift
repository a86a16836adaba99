internal import Synchronization

/// Tells which of the statements that queries are made into are worth keeping prepared: to prepare a listing's takes longer than to
/// read the ports of a host with it, but operators may ask without end what was never asked before.
///
/// A statement comes to be kept with its second run. Once there are too many, all are given up, and those that come again are kept
/// anew.
final class ComposedStatements: Sendable {
  /// Each connection keeps so many at most: some 30 KiB each, as SQLite counts them (SQLITE_STMTSTATUS_MEMUSED).
  static let most = 64
  /// A longer text names hundreds of values, and hardly comes twice.
  static let longest = 8_192

  private struct Hashes {
    var once: Set<Int> = []
    var kept: Set<Int> = []
  }

  private let hashes = Mutex(Hashes())
  private let giveUpAll: @Sendable () -> Void

  /// `giveUpAll` has every connection give up what it keeps, once nobody uses it.
  init(giveUpAll: @escaping @Sendable () -> Void) { self.giveUpAll = giveUpAll }

  /// Whether a connection is to keep the statement of this text, which is about to run.
  func isKept(_ text: String) -> Bool {
    guard text.utf8.count <= Self.longest else { return false }
    let hash = text.hashValue
    let (isKept, isFull) = hashes.withLock { hashes in
      if hashes.kept.contains(hash) { return (true, false) }
      guard hashes.once.remove(hash) != nil else {
        if hashes.once.count >= Self.most { hashes.once.removeAll(keepingCapacity: true) }
        hashes.once.insert(hash)
        return (false, false)
      }
      let isFull = hashes.kept.count >= Self.most
      if isFull { hashes.kept.removeAll(keepingCapacity: true) }
      hashes.kept.insert(hash)
      return (true, isFull)
    }
    if isFull { giveUpAll() }
    return isKept
  }
}
