internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// Widths and lines of the usual sockets without a call for each cell: where a host has a hundred thousand, cell by cell took
/// as long as the kernel does to tell of them.
extension SocketTableCells {
  /// The octets that a line takes at most beside users, processes and padding: two ends, a protocol, a state, four numbers,
  /// gaps between columns and a line break.
  private static let lineRoom = 512

  /// How much is written before it is handed over.
  private static let chunkSize = 1 << 14

  /// An IPv4 socket that is bound to no interface: what is written fast.
  private func isPlain(_ socket: DiagnosedSocket) -> Bool {
    socket.family == .ipv4 && socket.interfaceIndex == 0
  }

  /// Whether some column is written by the general way alone.
  private var hasRareColumns: Bool { columns.contains { $0 == .timer || $0 == .namespace } }

  func widen(_ widths: inout [Int], count: Int) {
    var cell: [UInt8] = []
    snapshot.withSockets { sockets, shown in
      for (place, number) in shown.enumerated() {
        let index = Int(number)
        let isFast = index < sockets.count && isPlain(sockets[index])
        for column in 0..<count {
          if isFast, let taken = width(sockets[index], columns[column]) {
            if taken > widths[column] { widths[column] = taken }
            continue
          }
          cell.removeAll(keepingCapacity: true)
          append(row: place, column: column, to: &cell)
          widths[column] = max(widths[column], PrintableText.width(String(decoding: cell, as: UTF8.self)))
        }
      }
    }
  }

  /// The width of a plain socket's cell; nil where it is found by writing the cell.
  private func width(_ socket: DiagnosedSocket, _ column: SocketTableColumn) -> Int? {
    switch column {
    case .local: width(socket.localValue, socket.localPort)
    case .remote: width(socket.remoteValue, socket.remotePort)
    case .socketProtocol: socket.socketProtocol.rawValue.utf8.count
    case .state: states[Int(socket.state.number)].count
    case .receiveQueue: LineWriter.digits(socket.receiveQueue)
    case .sendQueue: LineWriter.digits(socket.sendQueue)
    case .user: socket.owner.map { user($0).width } ?? 0
    case .inode: socket.inode == 0 ? 0 : LineWriter.digits(socket.inode)
    case .processes, .timer, .namespace: nil
    }
  }

  private func width(_ address: UInt128, _ port: Port) -> Int {
    let value = UInt32(truncatingIfNeeded: address)
    return (value == 0 ? 1 : LineWriter.digits(ipv4: value)) + 1
      + (port.rawValue == 0 ? 1 : LineWriter.digits(UInt32(port.rawValue)))
  }

  /// What stands in the line of a plain socket.
  private struct Line {
    let socket: DiagnosedSocket
    let user: User?
    let holding: SocketSnapshot.Holding
  }

  func appendLines(_ rows: Range<Int>, _ fit: TableFit, to bytes: inout [UInt8]) {
    guard fit.shortening == nil, !hasRareColumns else { return appendCellByCell(rows, fit, to: &bytes) }
    let most = fit.widths.reduce(Self.lineRoom) { $0 + $1 + fit.gap }
    snapshot.withSockets { sockets, shown in
      withUnsafeTemporaryAllocation(byteCount: Self.chunkSize, alignment: 16) { memory in
        var writer = LineWriter(memory)
        for place in rows {
          let number = Int(shown[place])
          if number < sockets.count, isPlain(sockets[number]) {
            let line = Line(
              socket: sockets[number], user: sockets[number].owner.map(user), holding: snapshot.holding(of: number))
            if let text = room(line), most + text <= memory.count {
              if !writer.hasRoom(most + text) { writer.flush(to: &bytes) }
              write(line, fit, &writer)
              continue
            }
          }
          writer.flush(to: &bytes)
          appendCellByCell(place..<place + 1, fit, to: &bytes)
        }
        writer.flush(to: &bytes)
      }
    }
  }

  /// How many octets the cells of user and processes take; nil where they are written by the general way.
  private func room(_ line: Line) -> Int? {
    let user = line.user?.text ?? []
    // What ends in a blank is cut at the end of a line.
    if user.last == UInt8(ascii: " ") { return nil }
    return switch line.holding {
    case .several: nil
    case .process(let number): user.count + processes[number].count
    case .notApplicable, .unknown: user.count
    }
  }

  private func write(_ line: Line, _ fit: TableFit, _ writer: inout LineWriter) {
    // Blanks are written only once something follows them.
    var blanks = 0
    for index in fit.kept {
      let column = columns[index]
      let room = fit.widths[index]
      if isEmpty(line, column) {
        blanks += room + fit.gap
      } else if fit.isTrailing[index] {
        writer.put(blanks: blanks + room - (width(line.socket, column) ?? room))
        put(line, column, &writer)
        blanks = fit.gap
      } else {
        writer.put(blanks: blanks)
        let start = writer.count
        put(line, column, &writer)
        let taken = column == .user ? line.user?.width ?? 0 : writer.count - start
        blanks = room - taken + fit.gap
      }
    }
    writer.put(UInt8(ascii: "\n"))
  }

  private func isEmpty(_ line: Line, _ column: SocketTableColumn) -> Bool {
    switch column {
    case .user: line.user?.text.isEmpty ?? true
    case .inode: line.socket.inode == 0
    case .processes: if case .notApplicable = line.holding { true } else { false }
    default: false
    }
  }

  private func put(_ line: Line, _ column: SocketTableColumn, _ writer: inout LineWriter) {
    switch column {
    case .local: put(line.socket.localValue, line.socket.localPort, &writer)
    case .remote: put(line.socket.remoteValue, line.socket.remotePort, &writer)
    case .socketProtocol: writer.put(line.socket.socketProtocol.rawValue.utf8)
    case .state: writer.put(states[Int(line.socket.state.number)])
    case .receiveQueue: writer.put(decimal: line.socket.receiveQueue)
    case .sendQueue: writer.put(decimal: line.socket.sendQueue)
    case .user: if let user = line.user { writer.put(user.text) }
    case .inode: writer.put(decimal: line.socket.inode)
    case .processes:
      switch line.holding {
      case .process(let number): writer.put(processes[number])
      case .unknown(let reason):
        writer.put("unknown: ".utf8)
        writer.put(reason.rawValue.utf8)
      case .notApplicable, .several: break
      }
    case .timer, .namespace: break
    }
  }

  private func put(_ address: UInt128, _ port: Port, _ writer: inout LineWriter) {
    let value = UInt32(truncatingIfNeeded: address)
    if value == 0 { writer.put(UInt8(ascii: "*")) } else { writer.put(ipv4: value) }
    writer.put(UInt8(ascii: ":"))
    if port.rawValue == 0 { writer.put(UInt8(ascii: "*")) } else { writer.put(decimal: UInt32(port.rawValue)) }
  }
}
