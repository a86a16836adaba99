internal import Glibc
package import LinuxSystem
internal import SocketFilter

/// Reads the sockets of this host.
package enum InventoryReader {
  /// Takes a snapshot: the kernel's socket tables, then, where asked for, one pass over all processes.
  ///
  /// Blocks for both, milliseconds to seconds: call it on a thread of its own. Socket tables need no privilege; other
  /// users' processes need CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, other network namespaces besides CAP_SYS_ADMIN or a
  /// process there that may be looked at; what is missing is said.
  ///
  /// - Parameters:
  ///   - query: which sockets, and how much about each.
  ///   - memory: owners of an earlier snapshot, which are looked after instead of searched for where that is enough.
  /// - Returns: the snapshot.
  /// - Throws: `SystemError`: the kernel refused, lost or did not finish a dump of the own namespace. A snapshot is whole or
  ///   an error; other namespaces that could not be read name their failure.
  package static func snapshot(
    _ query: SocketQuery, memory: OwnerMemory? = nil
  ) throws(SystemError) -> SocketSnapshot {
    var namespaces = query.spansNamespaces ? try NetworkNamespaces.all() : [NetworkNamespaces.own()]
    var tables: [SocketTables?] = []
    for index in namespaces.indices {
      namespaces[index].sampledAt = MonotonicClock.wallMilliseconds
      do throws(SystemError) { tables.append(try NetworkNamespaces.tables(query, of: namespaces[index])) } catch {
        if namespaces[index].isOwn { throw error }
        let needs = error.errno == EPERM || error.errno == EACCES ? "; needs CAP_SYS_ADMIN" : ""
        namespaces[index].failure = "\(error)\(needs)"
        tables.append(nil)
      }
    }
    return try SocketSnapshot(query, namespaces, tables, memory: memory)
  }
}
