package import Model
package import SocketFilter

/// One socket of this host.
package struct SocketRow: Hashable, Sendable {
  /// The ends of a Unix socket.
  package struct UnixEnds: Hashable, Sendable {
    package let kind: UnixSocket.Kind

    /// `@` stands in front of an abstract name; empty where it has none.
    package let path: String

    /// The peer's name; nil where it has none or is not among the sockets read.
    package let peerPath: String?
    package let peerInode: UInt32?
  }

  package let socketProtocol: SocketProtocol

  /// nil for a Unix socket.
  package let family: IPAddress.Family?
  package let state: SocketState

  /// `::` and 0.0.0.0 stand for every address of the host, and for the ends of a Unix socket.
  package let localAddress: IPAddress

  /// Of a raw socket the number of the protocol it takes (raw(7)).
  package let localPort: Port

  /// The unspecified address and port 0 where it is connected to nobody.
  package let remoteAddress: IPAddress
  package let remotePort: Port

  /// nil for an Internet socket.
  package let unix: UnixEnds?

  /// The interface it is bound to or, for link-local addresses, scoped to; nil for none.
  package let interface: String?

  /// Bytes waiting to be read; of a TCP listener: connections waiting to be accepted.
  package let receiveQueue: UInt32

  /// Bytes not acknowledged yet; of a TCP listener: the length its accept queue may have.
  package let sendQueue: UInt32

  /// The timer that runs, until when in milliseconds, and how often it ran out already.
  package let timer: SocketTimer?
  package let timerMilliseconds: UInt32?
  package let retransmits: UInt8

  /// The user that made the socket; nil in states without owner.
  package let uid: UInt32?

  /// That user's name, where the system knows one.
  package let user: String?

  /// Names the socket in `/proc/PID/fd`; nil where no process can hold it any more.
  package let inode: UInt32?

  /// Names the socket for the kernel's life, even after the inode's number is used again; nil where text tables were read.
  package let cookie: UInt64?

  /// Whether an IPv6 socket refuses IPv4 peers; nil where the kernel did not say.
  package let isIPv6Only: Bool?

  /// SO_MARK; nil where the kernel did not say, which takes CAP_NET_ADMIN.
  package let mark: UInt32?

  /// The id of its control group (v2); nil where the kernel did not say.
  package let cgroupID: UInt64?
  package let namespace: NetworkNamespace
  package let ownership: ProcessOwnership

  /// When the processes were looked at: milliseconds since 1970, UTC; nil where nobody asked.
  package let ownersReadAt: Int64?
}

extension SocketRow {
  /// A listening TCP or SCTP socket or a bound UDP or UDP-Lite socket.
  package var isListener: Bool {
    switch socketProtocol {
    case .tcp, .sctp: state == .listening
    case .udp, .udplite: state == .unconnected && localPort != 0
    case .raw, .unix: false
    }
  }
}
