internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// The table that people read, written without making a row: a host has a hundred thousand sockets.
final class SocketTableCells: TableCells {
  let snapshot: SocketSnapshot
  let columns: [SocketTableColumn]

  /// `nginx(812)` for each process that holds a socket.
  let processes: [[UInt8]]

  /// The words of states, by the kernel's numbers.
  let states: [[UInt8]]

  /// The last user asked for: neighbours have the same.
  private var user = User(uid: nil, text: [], width: 0)

  /// A user's name, or number.
  struct User {
    let uid: UInt32?
    let text: [UInt8]
    let width: Int
  }

  init(_ snapshot: SocketSnapshot, columns: [SocketTableColumn]) {
    self.snapshot = snapshot
    self.columns = columns
    processes = (0..<(snapshot.owners?.processCount ?? 0)).map { number in
      var label: [UInt8] = []
      if let process = snapshot.owners?.process(number) { SocketTableColumn.append(process, to: &label) }
      return label
    }
    states = (0..<16).map { number in SocketState(number: number).map { Array($0.rawValue.utf8) } ?? [] }
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
    case .user: if let owner = socket.owner { bytes.append(contentsOf: user(owner).text) }
    case .inode: if socket.inode != 0 { DecimalText.append(UInt64(socket.inode), to: &bytes) }
    case .processes: appendProcesses(number, to: &bytes)
    case .timer, .namespace: appendSlowly(place, column, to: &bytes)
    }
  }

  private func appendSlowly(_ place: Int, _ column: Int, to bytes: inout [UInt8]) {
    let value = SocketTableColumn.value(columns[column], of: snapshot.rows[place], nil)
    PrintableText.append(value.plainText, to: &bytes)
  }

  /// What stands in the column of users.
  func user(_ uid: UInt32) -> User {
    if user.uid == uid { return user }
    var text: [UInt8] = []
    if let name = snapshot.user(of: uid) {
      PrintableText.append(name, to: &text)
    } else {
      DecimalText.append(UInt64(uid), to: &text)
    }
    user = User(uid: uid, text: text, width: PrintableText.width(String(decoding: text, as: UTF8.self)))
    return user
  }

  private func appendProcesses(_ owner: Int, to bytes: inout [UInt8]) {
    switch snapshot.holding(of: owner) {
    case .notApplicable: break
    case .unknown(let reason): SocketTableColumn.append(reason, to: &bytes)
    case .process(let number): bytes.append(contentsOf: processes[number])
    case .several: SocketTableColumn.append(snapshot.ownership(of: owner), to: &bytes)
    }
  }
}
