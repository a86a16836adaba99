internal import CLinux
internal import Glibc
package import LinuxSystem
internal import Model
internal import SocketFilter

/// Reads the sockets of this host's network namespace.
package enum InventoryReader {
  /// Takes a snapshot: the kernel's socket tables, then, where asked for, one pass over all processes.
  ///
  /// Blocks for both, milliseconds to seconds: call it on a thread of its own. Socket tables need no privilege; other
  /// users' processes need CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, and rows say so where it was missing.
  ///
  /// - Throws: `SystemError`: the kernel refused, lost or did not finish a dump. A snapshot is whole or an error.
  package static func snapshot(_ query: SocketQuery) throws(SystemError) -> SocketSnapshot {
    let takenAt = MonotonicClock.wallMilliseconds
    let namespace = namespaceInode()
    var judge = SocketJudge(query.expression, namespace: namespace)
    var sockets = try dump(query, &judge)
    // Owners are searched for only where they can still matter.
    if query.expression != nil { sockets = sockets.filter { judge.judge($0, .notApplicable) != .no } }
    sockets.sort { left, right in
      (left.transport, left.family, left.localPort, left.localAddress, left.remotePort, left.remoteAddress)
        < (right.transport, right.family, right.localPort, right.localAddress, right.remotePort, right.remoteAddress)
    }
    var users = UserNames()
    var interfaces = InterfaceNames()
    var processes: ProcessTable?
    if query.includesProcesses || judge.needs.contains(.owners) {
      processes = try ProcessTable(
        sockets: InodeTable(inodes: sockets.map { $0.state.isOwnerless ? 0 : $0.inode }), users: &users)
    }
    var rows: [SocketRow] = []
    var unjudged = 0
    for (index, socket) in sockets.enumerated() {
      let owners = ownership(of: socket, index: index, processes)
      switch judge.judge(socket, owners) {
      case .yes: rows.append(row(socket, owners: owners, users: &users, interfaces: &interfaces))
      case .no: break
      case .unknown: unjudged += 1
      }
    }
    return SocketSnapshot(takenAt: takenAt, namespace: namespace, rows: rows, unjudged: unjudged)
  }

  private static func dump(_ query: SocketQuery, _ judge: inout SocketJudge) throws(SystemError) -> [DiagnosedSocket] {
    var netlink = try NetlinkSocket(family: NETLINK_SOCK_DIAG)
    var sockets: [DiagnosedSocket] = []
    for transport in query.protocols.sorted() {
      for family in query.families.sorted() {
        guard
          let request = SocketDiagnostics.request(transport: transport, family: family, states: query.states)
        else { continue }
        if judge.needs.contains(.autobound) {
          // Whether the kernel chose a port it only tells by its filter.
          var chosen: [DiagnosedSocket] = []
          do throws(SystemError) {
            try dump(&netlink, request + KernelFilter.chosenPorts, transport, into: &chosen)
            judge.learn(chosenPorts: chosen, transport, family)
          } catch {
            guard error.errno == EINVAL || error.errno == ENOENT else { throw error }
          }
        }
        switch judge.kernelVerdict(transport, family) {
        case .none: break
        case .everything: try dump(&netlink, request, transport, into: &sockets)
        case .some(let attribute):
          do throws(SystemError) {
            try dump(&netlink, request + attribute, transport, into: &sockets)
          } catch {
            // A kernel that does not know an instruction, or wants a capability for it (fwmark), judges nothing: all of it
            // is judged here anyway.
            guard error.errno == EINVAL || error.errno == EPERM else { throw error }
            try dump(&netlink, request, transport, into: &sockets)
          }
        }
      }
    }
    return sockets
  }

  /// Appends what one request answers. A kernel without this family or protocol answers ENOENT: it has no such sockets.
  private static func dump(
    _ netlink: inout NetlinkSocket, _ request: [UInt8], _ transport: TransportProtocol,
    into sockets: inout [DiagnosedSocket]
  ) throws(SystemError) {
    let before = sockets.count
    do throws(SystemError) {
      try netlink.dump(
        type: SocketDiagnostics.messageType, payload: request,
        restart: { sockets.removeLast(sockets.count - before) }
      ) { payload in
        if let socket = SocketDiagnostics.socket(from: payload, transport: transport) { sockets.append(socket) }
      }
    } catch {
      guard error.errno == ENOENT else { throw error }
    }
  }

  private static func ownership(
    of socket: DiagnosedSocket, index: Int, _ processes: ProcessTable?
  ) -> ProcessOwnership {
    guard let processes else { return .notApplicable }
    if socket.state.isOwnerless { return .unknown(reason: .ownerlessState) }
    if let holders = processes.holders[index] { return .known(holders) }
    if processes.vanished.contains(index) { return .unknown(reason: .changedMeanwhile) }
    // Inode 0: no file stands for the socket any more, so no process can hold it, whatever could be read.
    let mayBeHidden = processes.hasUnreadable && socket.inode != 0
    return .unknown(reason: mayBeHidden ? .needsPrivilege : .noHolder)
  }

  private static func row(
    _ socket: DiagnosedSocket, owners: ProcessOwnership, users: inout UserNames, interfaces: inout InterfaceNames
  ) -> SocketRow {
    let uid = socket.state.isOwnerless ? nil : socket.uid
    return SocketRow(
      transport: socket.transport, family: socket.family, state: socket.state, localAddress: socket.localAddress,
      localPort: socket.localPort, remoteAddress: socket.remoteAddress, remotePort: socket.remotePort,
      interface: interfaces.name(of: socket.interfaceIndex), receiveQueue: socket.receiveQueue,
      sendQueue: socket.sendQueue, uid: uid, user: uid.flatMap { users.name(of: $0) },
      inode: socket.inode == 0 ? nil : socket.inode, cookie: socket.cookie, isIPv6Only: socket.isIPv6Only,
      ownership: owners)
  }

  /// The number in `net:[4026531840]` (namespaces(7)).
  private static func namespaceInode() -> UInt64? {
    guard let directory = try? Descriptor.open("/proc/self/ns", flags: O_RDONLY | O_DIRECTORY),
      let target = try? directory.linkTarget("net")
    else { return nil }
    return UInt64(target.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" })
  }
}
