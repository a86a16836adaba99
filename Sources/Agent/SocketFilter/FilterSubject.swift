package import Model

/// What an expression may ask of a socket. Nil means that it is not known, and no question about it has an answer; what a
/// kind of socket does not have is said to be absent, which is an answer.
///
/// Properties are asked for only where the expression names them, so that costly ones may be computed on demand.
package protocol FilterSubject {
  var socketProtocol: SocketProtocol { get }
  var state: SocketState { get }

  /// The ends of an Internet socket; nil for a Unix socket, of which that is known.
  var localEndpoint: FilterEndpoint? { get }
  var remoteEndpoint: FilterEndpoint? { get }

  /// The names of a Unix socket and of its peer (`@` in front of an abstract one), empty where it has none; nil for an
  /// Internet socket, of which that is known.
  var localPath: String? { get }
  var remotePath: String? { get }

  /// The index of the interface it is bound to, 0 for none.
  var interfaceIndex: UInt32 { get }

  /// That interface's name; nil for none.
  var interfaceName: String? { get }

  /// Whether the kernel chose its port, and that port is in the ephemeral range.
  var isAutobound: Bool? { get }

  /// The user that made it.
  var uid: UInt32? { get }
  var mark: UInt32? { get }

  /// The id of its control group (v2).
  var cgroupID: UInt64? { get }

  /// Every process that holds it.
  var holders: [FilterProcess]? { get }

  /// The inode of its network namespace.
  var namespaceInode: UInt64? { get }
}

/// One end of an Internet socket.
package struct FilterEndpoint: Hashable, Sendable {
  package let address: IPAddress
  package let port: Port

  package init(_ address: IPAddress, _ port: Port) {
    self.address = address
    self.port = port
  }
}
