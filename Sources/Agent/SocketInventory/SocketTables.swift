internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Model
internal import SocketFilter

/// The sockets of one network namespace, read by the thread that lives in it.
struct SocketTables: Sendable {
  /// Where they are read.
  enum Source {
    /// sock_diag, in the calling thread's namespace; text tables for what the kernel has no sock_diag module of.
    case kernel

    /// The text tables of a `net` directory: `/proc/7/net`.
    case files(String)
  }

  private(set) var sockets: [DiagnosedSocket] = []
  private(set) var unixSockets: [UnixSocket] = []
  private(set) var judge: SocketJudge

  /// Names of the interfaces that sockets are bound to, by index.
  private(set) var interfaces: [UInt32: String] = [:]
  private let query: SocketQuery

  /// Reads them. Blocks for milliseconds.
  ///
  /// - Throws: `SystemError`: the kernel refused, lost or did not finish a dump. The tables are whole or an error.
  init(_ query: SocketQuery, from source: Source, namespace: UInt64?) throws(SystemError) {
    self.query = query
    judge = SocketJudge(query.expression, namespace: namespace)
    switch source {
    case .kernel: try readKernel()
    case .files(let directory): try readFiles(directory)
    }
    if query.expression != nil {
      // Owners are searched for only where they can still matter. Unix sockets wait for their peers' names.
      sockets = sockets.filter { judge.judge($0, nil) != .no }
    }
    var names = InterfaceNames()
    for socket in sockets where socket.interfaceIndex != 0 && interfaces[socket.interfaceIndex] == nil {
      interfaces[socket.interfaceIndex] = names.name(of: socket.interfaceIndex)
    }
  }

  /// Says of every socket which namespace it is in.
  mutating func belong(to namespace: UInt32) {
    for index in sockets.indices { sockets[index].namespaceIndex = namespace }
    for index in unixSockets.indices { unixSockets[index].namespaceIndex = namespace }
  }

  /// Hands over the Internet sockets without a copy.
  mutating func takeSockets() -> [DiagnosedSocket] {
    let taken = sockets
    sockets = []
    return taken
  }

  private mutating func readKernel() throws(SystemError) {
    var netlink: NetlinkSocket
    do throws(SystemError) { netlink = try NetlinkSocket(family: NETLINK_SOCK_DIAG) } catch {
      guard error.errno == EPROTONOSUPPORT else { throw error }
      return try readFiles(Self.ownFiles)
    }
    // Room that is never used costs no memory; an array that grows is copied and lies there twice.
    sockets.reserveCapacity(SocketCount.expected(Self.ownFiles))
    for socketProtocol in query.protocols.sorted() {
      guard socketProtocol.isInternet else {
        try dumpUnix(&netlink)
        continue
      }
      if socketProtocol == .tcp, try dumpTCP(&netlink) { continue }
      for family in query.families.sorted() { try dump(&netlink, socketProtocol, family) }
    }
  }

  /// Reads TCP sockets of both families at once, where both are wanted and the kernel's filter is the same for both.
  ///
  /// - Returns: whether they were read.
  private mutating func dumpTCP(_ netlink: inout NetlinkSocket) throws(SystemError) -> Bool {
    let verdict = judge.kernelVerdict(.tcp, .ipv4)
    guard query.families.count == 2, !judge.needs.contains(.autobound), verdict == judge.kernelVerdict(.tcp, .ipv6)
    else {
      return false
    }
    var request = SocketDiagnostics.tcpRequest(states: query.states)
    switch verdict {
    case .none: return true
    case .everything: break
    case .some(let attribute): request += attribute
    }
    do throws(SystemError) {
      try Self.dump(&netlink, request, .tcp, into: &sockets, type: SocketDiagnostics.tcpMessageType)
    } catch {
      // A kernel that knows it no more, or not this filter: the other request says why.
      guard error.errno == EINVAL || error.errno == EPERM || error.errno == ENOENT else { throw error }
      return false
    }
    // Tables of one family stand together, as everywhere else.
    _ = sockets.partition { $0.family == .ipv6 }
    return true
  }

  /// The calling thread's own, which `/proc/self` is not where the thread has entered another namespace (proc(5)).
  private static let ownFiles = "/proc/thread-self/net"

  private mutating func dump(
    _ netlink: inout NetlinkSocket, _ socketProtocol: SocketProtocol, _ family: IPAddress.Family
  ) throws(SystemError) {
    guard let request = SocketDiagnostics.request(socketProtocol, family: family, states: query.states)
    else { return }
    if judge.needs.contains(.autobound) {
      // Whether the kernel chose a port it only tells by its filter.
      var chosen: [DiagnosedSocket] = []
      do throws(SystemError) {
        try Self.dump(&netlink, request + KernelFilter.chosenPorts, socketProtocol, into: &chosen)
        judge.learn(chosenPorts: chosen, socketProtocol, family)
      } catch {
        guard error.errno == EINVAL || error.errno == ENOENT else { throw error }
      }
    }
    do throws(SystemError) {
      switch judge.kernelVerdict(socketProtocol, family) {
      case .none: break
      case .everything: try Self.dump(&netlink, request, socketProtocol, into: &sockets)
      case .some(let attribute):
        do throws(SystemError) {
          try Self.dump(&netlink, request + attribute, socketProtocol, into: &sockets)
        } catch {
          // A kernel that does not know an instruction, or wants a capability for it (fwmark), judges nothing: all of it
          // is judged here anyway.
          guard error.errno == EINVAL || error.errno == EPERM else { throw error }
          try Self.dump(&netlink, request, socketProtocol, into: &sockets)
        }
      }
    } catch {
      // No sock_diag module for this protocol or family, and no such sockets unless there is a text table of them.
      guard error.errno == ENOENT else { throw error }
      try readFile(Self.ownFiles, socketProtocol, family)
    }
  }

  private static func dump(
    _ netlink: inout NetlinkSocket, _ request: [UInt8], _ socketProtocol: SocketProtocol,
    into sockets: inout [DiagnosedSocket], type: UInt16 = SocketDiagnostics.messageType
  ) throws(SystemError) {
    let before = sockets.count
    try netlink.dump(
      type: type, payload: request, smallest: SocketDiagnostics.smallestAnswer,
      restart: { sockets.removeLast(sockets.count - before) }
    ) { payload in
      if let socket = SocketDiagnostics.socket(from: payload, socketProtocol) { sockets.append(socket) }
    }
  }

  private mutating func dumpUnix(_ netlink: inout NetlinkSocket) throws(SystemError) {
    var found: [UnixSocket] = []
    do throws(SystemError) {
      try netlink.dump(
        type: SocketDiagnostics.messageType, payload: UnixDiagnostics.request(states: query.states),
        smallest: UnixDiagnostics.smallestAnswer, restart: { found.removeAll() }
      ) { payload in
        if let socket = UnixDiagnostics.socket(from: payload) { found.append(socket) }
      }
    } catch {
      guard error.errno == ENOENT else { throw error }
      return try readUnixFile(Self.ownFiles)
    }
    unixSockets = found
  }

  private mutating func readFiles(_ directory: String) throws(SystemError) {
    for socketProtocol in query.protocols.sorted() {
      guard socketProtocol.isInternet else {
        try readUnixFile(directory)
        continue
      }
      for family in query.families.sorted() { try readFile(directory, socketProtocol, family) }
    }
  }

  private mutating func readFile(
    _ directory: String, _ socketProtocol: SocketProtocol, _ family: IPAddress.Family
  ) throws(SystemError) {
    guard let name = SocketTextTable.file(socketProtocol, family), let file = try Self.open(directory, name) else {
      return
    }
    try SocketTextTable.forEachLine(of: file) { line in
      guard let socket = SocketTextTable.socket(line, socketProtocol, family), query.states.contains(socket.state)
      else { return }
      sockets.append(socket)
    }
  }

  private mutating func readUnixFile(_ directory: String) throws(SystemError) {
    guard let file = try Self.open(directory, "unix") else { return }
    try SocketTextTable.forEachLine(of: file) { line in
      guard let socket = SocketTextTable.unixSocket(line), query.states.contains(socket.state) else { return }
      unixSockets.append(socket)
    }
  }

  /// nil where the kernel has no such table, and so no such sockets.
  private static func open(_ directory: String, _ name: String) throws(SystemError) -> Descriptor? {
    do throws(SystemError) { return try Descriptor.open("\(directory)/\(name)", flags: O_RDONLY) } catch {
      guard error.errno == ENOENT, access(directory, F_OK) == 0 else { throw error }
      return nil
    }
  }
}
