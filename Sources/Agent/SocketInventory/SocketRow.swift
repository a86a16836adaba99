package import Model
package import SocketFilter

/// One socket of this host.
package struct SocketRow: Hashable, Sendable {
  package let transport: TransportProtocol
  package let family: IPAddress.Family
  package let state: SocketState

  /// `::` and 0.0.0.0 stand for every address of the host.
  package let localAddress: IPAddress
  package let localPort: Port

  /// The unspecified address and port 0 where it is connected to nobody.
  package let remoteAddress: IPAddress
  package let remotePort: Port

  /// The interface it is bound to or, for link-local addresses, scoped to; nil for none.
  package let interface: String?

  /// Bytes waiting to be read; of a TCP listener: connections waiting to be accepted.
  package let receiveQueue: UInt32

  /// Bytes not acknowledged yet; of a TCP listener: the length its accept queue may have.
  package let sendQueue: UInt32

  /// The user that made the socket; nil in states without owner.
  package let uid: UInt32?

  /// That user's name, where the system knows one.
  package let user: String?

  /// Names the socket in `/proc/PID/fd`; nil where no process can hold it any more.
  package let inode: UInt32?

  /// Names the socket for the kernel's life, even after the inode's number is used again.
  package let cookie: UInt64

  /// Whether an IPv6 socket refuses IPv4 peers; nil where the kernel did not say.
  package let isIPv6Only: Bool?

  package let ownership: ProcessOwnership
}

extension SocketRow {
  /// A listening TCP socket or a bound UDP socket.
  package var isListener: Bool {
    switch transport {
    case .tcp: state == .listening
    case .udp: state == .unconnected && localPort != 0
    case .sctp: false
    }
  }
}
