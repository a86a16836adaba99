internal import Model
internal import SocketFilter

/// An Internet socket as an expression asks about it.
struct SocketSubject: FilterSubject {
  let socket: DiagnosedSocket

  /// nil where nobody looked for it yet.
  let ownership: ProcessOwnership?
  let namespaceInode: UInt64?
  var interfaceName: String?
  var isAutobound: Bool?

  var socketProtocol: SocketProtocol { socket.socketProtocol }
  var state: SocketState { socket.state }
  var localEndpoint: FilterEndpoint? { FilterEndpoint(socket.localAddress, socket.localPort) }
  var remoteEndpoint: FilterEndpoint? { FilterEndpoint(socket.remoteAddress, socket.remotePort) }
  var localPath: String? { nil }
  var remotePath: String? { nil }
  var interfaceIndex: UInt32 { socket.interfaceIndex }
  var uid: UInt32? { socket.owner }
  var mark: UInt32? { socket.mark }
  var cgroupID: UInt64? { socket.cgroupID }
  var holders: [FilterProcess]? { ownership?.filterProcesses }
}

/// A Unix socket as an expression asks about it.
struct UnixSubject: FilterSubject {
  let socket: UnixSocket
  let peer: String?
  let ownership: ProcessOwnership?
  let namespaceInode: UInt64?

  var socketProtocol: SocketProtocol { .unix }
  var state: SocketState { socket.state }
  var localEndpoint: FilterEndpoint? { nil }
  var remoteEndpoint: FilterEndpoint? { nil }
  var localPath: String? { socket.path }
  var remotePath: String? { peer ?? "" }
  var interfaceIndex: UInt32 { 0 }
  var interfaceName: String? { nil }
  var isAutobound: Bool? { false }
  var uid: UInt32? { socket.uid }
  var mark: UInt32? { nil }
  var cgroupID: UInt64? { nil }
  var holders: [FilterProcess]? { ownership?.filterProcesses }
}

extension ProcessOwnership {
  /// Only what was found: a socket that no process of this `/proc` holds may be held by one of another.
  fileprivate var filterProcesses: [FilterProcess]? {
    guard case .known(let holders) = self else { return nil }
    return holders.map { holder in
      FilterProcess(
        pid: holder.process.pid, name: holder.process.name, unit: holder.process.unit,
        home: holder.process.container.map { .container(id: $0, name: nil) } ?? .host)
    }
  }
}
