internal import LinuxSystem
internal import SocketFilter

/// The sockets of this host at one time.
///
/// Sockets are kept as the kernel tells them; rows, which are large, are made when they are asked for.
package struct SocketSnapshot: Sendable {
  /// The namespaces that were read, or could not be, the own one first.
  package let namespaces: [NetworkNamespace]

  /// How many sockets are left out because the expression asks for what could not be read of them.
  package private(set) var unjudged = 0

  /// Internet sockets in the order in which ss lists: TCP before UDP, IPv4 before IPv6, then by local endpoint and remote
  /// endpoint; namespace by namespace. Their owners are at the same index of `owners`, the Unix sockets' behind them.
  package private(set) var sockets: [DiagnosedSocket] = []
  package private(set) var unixSockets: [UnixSocket] = []

  /// nil where nobody asked for processes.
  package let owners: OwnerTable?
  private let interfaces: [[UInt32: String]]
  private let users: [UInt32: String?]

  /// The index in `owners` of each Internet and Unix socket, where some sockets were left out; nil for their own place.
  private var ownerIndex: [Int32]?

  /// Where a Unix socket is by its inode, so that peers' names are found.
  private let unixPaths: [UInt32: String]

  /// Joins processes and names to the tables that were read, and drops what the query's expression does not accept.
  init(
    _ query: SocketQuery, _ namespaces: [NetworkNamespace], _ tables: [SocketTables?]
  ) throws(SystemError) {
    self.namespaces = namespaces
    interfaces = tables.map { $0?.interfaces ?? [:] }
    for (index, table) in tables.enumerated() {
      guard let table else { continue }
      // The usual case, one namespace, moves the array and copies nothing.
      if sockets.isEmpty { sockets = table.sockets } else { sockets += table.sockets }
      unixSockets += table.unixSockets
      guard index > 0 else { continue }
      for place in (sockets.count - table.sockets.count)..<sockets.count {
        sockets[place].namespaceIndex = UInt16(truncatingIfNeeded: index)
      }
      for place in (unixSockets.count - table.unixSockets.count)..<unixSockets.count {
        unixSockets[place].namespaceIndex = UInt16(truncatingIfNeeded: index)
      }
    }
    sockets.sort(by: DiagnosedSocket.precedes)
    unixPaths = Dictionary(
      unixSockets.lazy.filter { !$0.path.isEmpty }.map { ($0.inode, $0.path) }, uniquingKeysWith: { first, _ in first })
    let names = UserNames()
    let needs = query.expression?.needs ?? []
    if query.includesProcesses || needs.contains(.owners) {
      let inodes = InodeTable(
        count: sockets.count + unixSockets.count,
        inodes: sockets.lazy.map { $0.state.isOwnerless ? 0 : $0.inode }, and: unixSockets.lazy.map(\.inode))
      owners = try OwnerTable(
        count: sockets.count + unixSockets.count, inodes: inodes, reader: try ProcessReader(users: names))
    } else {
      owners = nil
    }
    var known: [UInt32: String?] = [:]
    if query.includesUsers {
      for socket in sockets where known[socket.uid] == nil { known[socket.uid] = .some(names.name(of: socket.uid)) }
      for uid in unixSockets.lazy.compactMap(\.uid) where known[uid] == nil { known[uid] = .some(names.name(of: uid)) }
    }
    users = known
    if query.expression != nil { dropRefused(tables) }
  }

  /// Judges every socket with its owners known.
  private mutating func dropRefused(_ tables: [SocketTables?]) {
    var judges = tables.map { $0?.judge }
    var kept: [Int32] = []
    var left: [DiagnosedSocket] = []
    for (index, socket) in sockets.enumerated() {
      let truth = judges[Int(socket.namespaceIndex)]?.judge(socket, ownership(index, socket.state, socket.inode))
      if truth == .unknown { unjudged += 1 }
      guard truth == .yes else { continue }
      kept.append(Int32(index))
      left.append(socket)
    }
    var leftUnix: [UnixSocket] = []
    for (index, socket) in unixSockets.enumerated() {
      let place = sockets.count + index
      let truth = judges[Int(socket.namespaceIndex)]?.judge(
        socket, peer: peerPath(socket), ownership(place, socket.state, socket.inode))
      if truth == .unknown { unjudged += 1 }
      guard truth == .yes else { continue }
      kept.append(Int32(place))
      leftUnix.append(socket)
    }
    sockets = left
    unixSockets = leftUnix
    ownerIndex = kept
  }

  /// Which processes hold a socket, by its place among Internet and then Unix sockets, or why that is not known.
  package func ownership(ofRow place: Int) -> ProcessOwnership {
    place < sockets.count
      ? ownership(owner(place), sockets[place].state, sockets[place].inode)
      : ownership(owner(place), unixSockets[place - sockets.count].state, unixSockets[place - sockets.count].inode)
  }

  /// The index in `owners` of the socket at a place.
  package func owner(_ place: Int) -> Int { ownerIndex.map { Int($0[place]) } ?? place }

  private func ownership(_ index: Int, _ state: SocketState, _ inode: UInt32) -> ProcessOwnership {
    guard let owners else { return .notApplicable }
    if state.isOwnerless { return .unknown(reason: .ownerlessState) }
    if owners.isHeld(index) {
      let holders = owners.holders(of: index)
      return holders.isEmpty ? .unknown(reason: .changedMeanwhile) : .known(holders)
    }
    // Inode 0: no file stands for the socket any more, so no process can hold it, whatever could be read.
    return .unknown(reason: owners.hasUnreadable && inode != 0 ? .needsPrivilege : .noHolder)
  }

  /// The name of the interface a socket is bound to; nil for none.
  package func interface(of socket: DiagnosedSocket) -> String? {
    socket.interfaceIndex == 0 ? nil : interfaces[Int(socket.namespaceIndex)][socket.interfaceIndex]
  }

  /// The name of the user that made a socket; nil where it has no owner or the system knows no name.
  package func user(of uid: UInt32) -> String? { users[uid] ?? nil }

  /// The name of the socket that a Unix socket is connected to; nil for none.
  package func peerPath(_ socket: UnixSocket) -> String? { socket.peerInode.flatMap { unixPaths[$0] } }

  /// How many sockets have an owner that could not be read for want of privilege.
  package var countOfHiddenOwners: Int {
    guard owners?.hasUnreadable == true else { return 0 }
    return (0..<sockets.count + unixSockets.count).count { ownership(ofRow: $0) == .unknown(reason: .needsPrivilege) }
  }

  package var rows: SocketRows { SocketRows(snapshot: self) }
}
