internal import Model
internal import SocketFilter

/// A socket as an expression asks about it.
struct SocketSubject: FilterSubject {
  let socket: DiagnosedSocket
  let ownership: ProcessOwnership
  let namespaceInode: UInt64?
  var interfaceName: String?
  var isAutobound: Bool?

  var socketProtocol: SocketProtocol { socket.transport.socketProtocol }
  var state: SocketState { socket.state }
  var localEndpoint: FilterEndpoint? { FilterEndpoint(socket.localAddress, socket.localPort) }
  var remoteEndpoint: FilterEndpoint? { FilterEndpoint(socket.remoteAddress, socket.remotePort) }
  var localPath: String? { nil }
  var remotePath: String? { nil }
  var interfaceIndex: UInt32 { socket.interfaceIndex }
  var uid: UInt32? { socket.state.isOwnerless ? nil : socket.uid }
  var mark: UInt32? { socket.mark }
  var cgroupID: UInt64? { socket.cgroupID }

  /// Only what was found: a socket that no process of this `/proc` holds may be held by one of another.
  var holders: [FilterProcess]? {
    guard case .known(let processes) = ownership else { return nil }
    return processes.map { FilterProcess(pid: $0.pid, name: $0.name, unit: $0.unit) }
  }
}

extension TransportProtocol {
  var socketProtocol: SocketProtocol {
    switch self {
    case .tcp: .tcp
    case .udp: .udp
    case .sctp: .sctp
    }
  }
}
