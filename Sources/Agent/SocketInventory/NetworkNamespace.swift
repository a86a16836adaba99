/// A network namespace of this host, and how it was read.
package struct NetworkNamespace: Hashable, Sendable {
  /// The number in `net:[4026531840]` (namespaces(7)); nil where `/proc` is not mounted.
  package let inode: UInt64?

  /// What ip-netns(8) or a container runtime calls it; nil where it has no name.
  package let name: String?

  /// A process that lives in it; nil where none does or none may be looked at.
  package let pid: Int32?

  /// Whether it is the reading process's own.
  package let isOwn: Bool

  /// The container or unit of its first process; nil for the own one, and where neither is known.
  package let home: String?

  /// Milliseconds since 1970 (UTC), taken just before its first socket was read.
  package internal(set) var sampledAt: Int64 = 0

  /// Why its sockets are missing; nil where they were read.
  package internal(set) var failure: String?
}
