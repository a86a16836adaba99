package import Model
package import SocketFilter

/// An Internet socket as the kernel describes it, before names and processes are joined to it.
///
/// Small, because a hundred thousand of them lie in one array: what may be absent is kept as a value that the kernel never
/// gives.
package struct DiagnosedSocket: Equatable, Sendable {
  package let localValue: UInt128
  package let remoteValue: UInt128
  private let cookieValue: UInt64
  private let cgroupValue: UInt64

  /// 0 for none.
  package let interfaceIndex: UInt32
  package let receiveQueue: UInt32
  package let sendQueue: UInt32

  /// As the kernel tells it; `owner` says whether that means anything.
  package let uid: UInt32

  /// 0 for none.
  package let inode: UInt32
  private let markValue: UInt32

  /// Until the timer expires, in milliseconds; without meaning where none runs.
  package let timerMilliseconds: UInt32
  package let localPort: Port
  package let remotePort: Port

  /// The index of its network namespace within a snapshot.
  package var namespaceIndex: UInt32 = 0

  /// How often the last segment was sent again or the peer was probed.
  package let retransmits: UInt8
  package let socketProtocol: SocketProtocol
  package let family: IPAddress.Family
  package let state: SocketState
  package let timer: SocketTimer?
  package let isIPv6Only: Bool?
  private let hasMark: Bool

  package init(
    socketProtocol: SocketProtocol, family: IPAddress.Family, state: SocketState, localAddress: IPAddress,
    localPort: Port, remoteAddress: IPAddress, remotePort: Port, interfaceIndex: UInt32 = 0, receiveQueue: UInt32 = 0,
    sendQueue: UInt32 = 0, uid: UInt32, inode: UInt32, cookie: UInt64?, isIPv6Only: Bool? = nil, mark: UInt32? = nil,
    cgroupID: UInt64? = nil, timer: SocketTimer? = nil, timerMilliseconds: UInt32 = 0, retransmits: UInt8 = 0
  ) {
    localValue = localAddress.value
    remoteValue = remoteAddress.value
    cookieValue = cookie ?? 0
    cgroupValue = cgroupID ?? 0
    self.interfaceIndex = interfaceIndex
    self.receiveQueue = receiveQueue
    self.sendQueue = sendQueue
    self.uid = uid
    self.inode = inode
    markValue = mark ?? 0
    hasMark = mark != nil
    self.timerMilliseconds = timerMilliseconds
    self.localPort = localPort
    self.remotePort = remotePort
    self.retransmits = retransmits
    self.socketProtocol = socketProtocol
    self.family = family
    self.state = state
    self.timer = timer
    self.isIPv6Only = isIPv6Only
  }

  /// The user that made the socket; nil where the kernel keeps none. User 0 without an inode is what it tells of sockets that
  /// nobody holds any more, or has accepted yet (inet_diag.c): never root.
  package var owner: UInt32? { state.isOwnerless || (uid == 0 && inode == 0) ? nil : uid }

  package var localAddress: IPAddress { IPAddress(family: family, value: localValue) }
  package var remoteAddress: IPAddress { IPAddress(family: family, value: remoteValue) }

  /// nil where the kernel's text tables were read, which do not have it. Cookies begin at 1 (net/core/sock_diag.c).
  package var cookie: UInt64? { cookieValue == 0 ? nil : cookieValue }

  /// Nil where the kernel did not say, which takes CAP_NET_ADMIN.
  package var mark: UInt32? { hasMark ? markValue : nil }

  /// The id of its control group (v2), an inode and so never 0; nil where the kernel did not say.
  package var cgroupID: UInt64? { cgroupValue == 0 ? nil : cgroupValue }
}
