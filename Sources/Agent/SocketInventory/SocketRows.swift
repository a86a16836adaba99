internal import Model
internal import SocketFilter

/// A snapshot's rows, each made when it is asked for: Internet sockets, then Unix sockets.
package struct SocketRows: RandomAccessCollection, Sendable {
  let snapshot: SocketSnapshot

  package var startIndex: Int { 0 }
  package var endIndex: Int { snapshot.count }

  package subscript(place: Int) -> SocketRow {
    let number = snapshot.number(at: place)
    return switch snapshot.item(number) {
    case .internet(let socket): row(socket, number)
    case .unix(let socket): row(socket, number)
    }
  }

  private func row(_ socket: DiagnosedSocket, _ owner: Int) -> SocketRow {
    let uid = socket.owner
    return SocketRow(
      socketProtocol: socket.socketProtocol, family: socket.family, state: socket.state,
      localAddress: socket.localAddress, localPort: socket.localPort, remoteAddress: socket.remoteAddress,
      remotePort: socket.remotePort, unix: nil, interface: snapshot.interface(of: socket),
      receiveQueue: socket.receiveQueue, sendQueue: socket.sendQueue, timer: socket.timer,
      timerMilliseconds: socket.timer == nil ? nil : socket.timerMilliseconds, retransmits: socket.retransmits,
      uid: uid,
      user: uid.flatMap(snapshot.user), inode: socket.inode == 0 ? nil : socket.inode, cookie: socket.cookie,
      isIPv6Only: socket.isIPv6Only, mark: socket.mark, cgroupID: socket.cgroupID,
      namespace: snapshot.namespaces[Int(socket.namespaceIndex)], ownership: snapshot.ownership(of: owner),
      ownersReadAt: snapshot.owners?.readAt)
  }

  private func row(_ socket: UnixSocket, _ owner: Int) -> SocketRow {
    SocketRow(
      socketProtocol: .unix, family: nil, state: socket.state, localAddress: .ipv4Unspecified, localPort: 0,
      remoteAddress: .ipv4Unspecified, remotePort: 0,
      unix: SocketRow.UnixEnds(
        kind: socket.kind, path: socket.path, peerPath: snapshot.peerPath(socket), peerInode: socket.peerInode),
      interface: nil, receiveQueue: socket.receiveQueue, sendQueue: socket.sendQueue, timer: nil,
      timerMilliseconds: nil,
      retransmits: 0, uid: socket.uid, user: socket.uid.flatMap(snapshot.user),
      inode: socket.inode == 0 ? nil : socket.inode, cookie: socket.cookie, isIPv6Only: nil, mark: nil, cgroupID: nil,
      namespace: snapshot.namespaces[Int(socket.namespaceIndex)], ownership: snapshot.ownership(of: owner),
      ownersReadAt: snapshot.owners?.readAt)
  }
}
