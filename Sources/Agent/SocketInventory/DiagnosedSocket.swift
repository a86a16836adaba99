package import Model
package import SocketFilter

/// A socket as the kernel's dump describes it, before names and processes are joined to it.
package struct DiagnosedSocket: Equatable, Sendable {
  package let transport: TransportProtocol
  package let family: IPAddress.Family
  package let state: SocketState
  package let localAddress: IPAddress
  package let localPort: Port
  package let remoteAddress: IPAddress
  package let remotePort: Port

  /// 0 for none.
  package let interfaceIndex: UInt32
  package let receiveQueue: UInt32
  package let sendQueue: UInt32

  /// Without meaning where `state.isOwnerless`.
  package let uid: UInt32

  /// 0 for none.
  package let inode: UInt32
  package let cookie: UInt64
  package let isIPv6Only: Bool?

  /// Nil where the kernel did not say, which takes CAP_NET_ADMIN.
  package let mark: UInt32?

  /// The id of its control group (v2); nil where the kernel did not say.
  package let cgroupID: UInt64?
}
