internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// The table that people read, written without making a row: a host has a hundred thousand sockets.
struct SocketTableCells: TableCells {
  let snapshot: SocketSnapshot
  let columns: [SocketTableColumn]

  var rowCount: Int { snapshot.sockets.count }

  func append(row: Int, column: Int, to bytes: inout [UInt8]) {
    let socket = snapshot.sockets[row]
    switch columns[column] {
    case .local:
      SocketTableColumn.append(socket.localAddress, snapshot.interface(of: socket), to: &bytes)
      Self.append(socket.localPort, to: &bytes)
    case .socketProtocol: bytes += socket.socketProtocol.rawValue.utf8
    case .state: bytes += socket.state.rawValue.utf8
    case .remote:
      SocketTableColumn.append(socket.remoteAddress, nil, to: &bytes)
      Self.append(socket.remotePort, to: &bytes)
    case .receiveQueue: DecimalText.append(UInt64(socket.receiveQueue), to: &bytes)
    case .sendQueue: DecimalText.append(UInt64(socket.sendQueue), to: &bytes)
    case .user:
      guard !socket.state.isOwnerless else { return }
      if let name = snapshot.user(of: socket.uid) {
        PrintableText.append(name, to: &bytes)
      } else {
        DecimalText.append(UInt64(socket.uid), to: &bytes)
      }
    case .inode: if socket.inode != 0 { DecimalText.append(UInt64(socket.inode), to: &bytes) }
    case .processes: SocketTableColumn.append(snapshot.ownership(ofRow: row), to: &bytes)
    case .timer, .namespace:
      let text = SocketTableColumn.value(columns[column], of: snapshot.rows[row], nil).plainText
      PrintableText.append(text, to: &bytes)
    }
  }

  private static func append(_ port: Port, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: ":"))
    if port == 0 { bytes.append(UInt8(ascii: "*")) } else { DecimalText.append(UInt64(port.rawValue), to: &bytes) }
  }
}
