internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// The table that people read, written without making a row: a host has a hundred thousand sockets.
final class SocketTableCells: TableCells {
  private let snapshot: SocketSnapshot
  private let columns: [SocketTableColumn]

  /// `nginx(812)` for each process that holds a socket.
  private let processes: [[UInt8]]

  /// The last user asked for: neighbours have the same.
  private var user: (uid: UInt32, text: [UInt8])?

  init(_ snapshot: SocketSnapshot, columns: [SocketTableColumn]) {
    self.snapshot = snapshot
    self.columns = columns
    processes = (0..<(snapshot.owners?.processCount ?? 0)).map { number in
      var label: [UInt8] = []
      if let process = snapshot.owners?.process(number) { SocketTableColumn.append(process, to: &label) }
      return label
    }
  }

  var rowCount: Int { snapshot.count }

  func append(row place: Int, column: Int, to bytes: inout [UInt8]) {
    let number = snapshot.number(at: place)
    guard let socket = snapshot.internetSocket(number) else { return appendSlowly(place, column, to: &bytes) }
    switch columns[column] {
    case .local:
      SocketTableColumn.append(socket.localAddress, snapshot.interface(of: socket), to: &bytes)
      SocketTableColumn.append(socket.localPort, to: &bytes)
    case .socketProtocol: bytes.append(contentsOf: socket.socketProtocol.rawValue.utf8)
    case .state: bytes.append(contentsOf: socket.state.rawValue.utf8)
    case .remote:
      SocketTableColumn.append(socket.remoteAddress, nil, to: &bytes)
      SocketTableColumn.append(socket.remotePort, to: &bytes)
    case .receiveQueue: DecimalText.append(UInt64(socket.receiveQueue), to: &bytes)
    case .sendQueue: DecimalText.append(UInt64(socket.sendQueue), to: &bytes)
    case .user: if let owner = socket.owner { bytes.append(contentsOf: userText(owner)) }
    case .inode: if socket.inode != 0 { DecimalText.append(UInt64(socket.inode), to: &bytes) }
    case .processes: appendProcesses(number, to: &bytes)
    case .timer, .namespace: appendSlowly(place, column, to: &bytes)
    }
  }

  private func appendSlowly(_ place: Int, _ column: Int, to bytes: inout [UInt8]) {
    let value = SocketTableColumn.value(columns[column], of: snapshot.rows[place], nil)
    PrintableText.append(value.plainText, to: &bytes)
  }

  private func userText(_ uid: UInt32) -> [UInt8] {
    if let user, user.uid == uid { return user.text }
    var text: [UInt8] = []
    if let name = snapshot.user(of: uid) {
      PrintableText.append(name, to: &text)
    } else {
      DecimalText.append(UInt64(uid), to: &text)
    }
    user = (uid, text)
    return text
  }

  private func appendProcesses(_ owner: Int, to bytes: inout [UInt8]) {
    guard let owners = snapshot.owners else { return }
    if let reason = snapshot.unknownOwner(owner) { return SocketTableColumn.append(reason, to: &bytes) }
    var numbers: [Int] = []
    var first: Int?
    owners.forEachProcess(of: owner) { number in
      // Nearly every socket has one holder, which needs no list.
      if first == nil { first = number } else { numbers.append(number) }
    }
    guard let first else { return }
    if numbers.isEmpty { return bytes.append(contentsOf: processes[first]) }
    SocketTableColumn.append(snapshot.ownership(of: owner), to: &bytes)
  }
}
