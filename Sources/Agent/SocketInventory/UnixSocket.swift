package import SocketFilter

/// A Unix socket as the kernel describes it (unix(7)).
package struct UnixSocket: Hashable, Sendable {
  /// What it carries; raw values are the words printed.
  package enum Kind: String, Hashable, Sendable, Codable {
    case stream
    case datagram
    case packet
  }

  package let kind: Kind
  package let state: SocketState

  /// Its name, `@` in front of an abstract one, bytes that are no UTF-8 replaced; empty where it has none.
  package let path: String
  package let inode: UInt32

  /// The inode of the socket it is connected to; nil for none, and where the kernel did not say.
  package let peerInode: UInt32?

  /// Bytes waiting to be read; of a listener: connections waiting to be accepted.
  package let receiveQueue: UInt32

  /// Bytes that the peer has not read; of a listener: the length its queue may have.
  package let sendQueue: UInt32

  /// The user that made it; nil where the kernel did not say (before linux 5.0).
  package let uid: UInt32?

  /// nil where the kernel's text table was read, which does not have it.
  package let cookie: UInt64?

  /// The index of its network namespace within a snapshot.
  package var namespaceIndex: UInt32 = 0
}
