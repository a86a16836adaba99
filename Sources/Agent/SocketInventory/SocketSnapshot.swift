/// The sockets of one network namespace at one time.
package struct SocketSnapshot: Sendable {
  /// Milliseconds since 1970 (UTC), taken just before the first socket was read.
  package let takenAt: Int64

  /// The inode of the network namespace; nil where `/proc` is not mounted.
  package let namespace: UInt64?

  /// In the order in which ss lists: TCP before UDP, IPv4 before IPv6, then by local endpoint and remote endpoint.
  package let rows: [SocketRow]

  /// How many sockets are left out because the expression asks for what could not be read of them.
  package let unjudged: Int
}
