internal import LinuxSystem
internal import SocketFilter

/// The sockets of this host at one time.
///
/// Sockets are kept as the kernel tells them; rows, which are large, are made when they are asked for.
package struct SocketSnapshot: Sendable {
  /// A socket that is shown.
  package enum Item: Sendable {
    case internet(DiagnosedSocket)
    case unix(UnixSocket)
  }

  /// The namespaces that were read, or could not be, the own one first.
  package let namespaces: [NetworkNamespace]

  /// How many sockets are left out because the expression asks for what could not be read of them.
  package private(set) var unjudged = 0

  /// nil where nobody asked for processes.
  package let owners: OwnerTable?
  private var sockets: [DiagnosedSocket] = []
  private var unixSockets: [UnixSocket] = []

  /// What is shown, in order: indices of Internet sockets and, behind their count, of Unix sockets. The same numbers name
  /// sockets in `owners`.
  private var order: [Int32]
  private let interfaces: [[UInt32: String]]
  private let users: [UInt32: String?]

  /// The names of Unix sockets by inode, so that peers are found.
  private let unixPaths: [UInt32: String]

  /// Joins processes and names to the tables that were read, and drops what the query's expression does not accept.
  init(
    _ query: SocketQuery, _ namespaces: [NetworkNamespace], _ tables: consuming [SocketTables?],
    memory: OwnerMemory? = nil
  ) throws(SystemError) {
    self.namespaces = namespaces
    interfaces = tables.map { $0?.interfaces ?? [:] }
    var judges: [SocketJudge?] = []
    for index in tables.indices {
      guard var table = tables[index] else {
        judges.append(nil)
        continue
      }
      tables[index] = nil
      judges.append(table.judge)
      if index > 0 { table.belong(to: UInt32(index)) }
      // The usual case, one namespace, moves the array and copies nothing.
      if sockets.isEmpty { sockets = table.takeSockets() } else { sockets += table.takeSockets() }
      unixSockets += table.unixSockets
    }
    unixPaths = Dictionary(
      unixSockets.lazy.filter { !$0.path.isEmpty }.map { ($0.inode, $0.path) }, uniquingKeysWith: { first, _ in first })
    let count = sockets.count + unixSockets.count
    let names = UserNames()
    if query.includesProcesses || query.expression?.needs.contains(.owners) == true {
      let inodes = InodeTable(
        count: count, inodes: sockets.lazy.map { $0.state.isOwnerless ? 0 : $0.inode },
        and: unixSockets.lazy.map(\.inode))
      if let memory {
        owners = try memory.owners(of: Self.identities(sockets, unixSockets), inodes: inodes, users: names)
      } else {
        owners = try OwnerTable.read(count: count, inodes: inodes, users: names)
      }
    } else {
      owners = nil
    }
    users = query.includesUsers ? Self.names(of: sockets, unixSockets, names) : [:]
    order = SocketOrder.indices(of: sockets) + (sockets.count..<count).map { Int32($0) }
    if query.expression != nil { dropRefused(&judges) }
  }

  private static func identities(_ sockets: [DiagnosedSocket], _ unixSockets: [UnixSocket]) -> [SocketIdentity] {
    sockets.map {
      SocketIdentity(cookie: $0.cookie, inode: $0.inode, canHaveOwner: $0.inode != 0 && !$0.state.isOwnerless)
    } + unixSockets.map { SocketIdentity(cookie: $0.cookie, inode: $0.inode, canHaveOwner: $0.inode != 0) }
  }

  private static func names(
    of sockets: [DiagnosedSocket], _ unixSockets: [UnixSocket], _ names: UserNames
  ) -> [UInt32: String?] {
    var last: UInt32?
    for socket in sockets where socket.uid != last {
      _ = names.name(of: socket.uid)
      last = socket.uid
    }
    for socket in unixSockets { if let uid = socket.uid { _ = names.name(of: uid) } }
    return names.known
  }

  /// Judges every socket with its owners known.
  private mutating func dropRefused(_ judges: inout [SocketJudge?]) {
    var unknown = 0
    let kept = order.filter { index in
      let truth =
        switch item(Int(index)) {
        case .internet(let socket):
          judges[Int(socket.namespaceIndex)]?.judge(socket, ownership(of: Int(index)))
        case .unix(let socket):
          judges[Int(socket.namespaceIndex)]?.judge(socket, peer: peerPath(socket), ownership(of: Int(index)))
        }
      if truth == .unknown { unknown += 1 }
      return truth == .yes
    }
    order = kept
    unjudged = unknown
  }

  /// How many sockets are shown.
  package var count: Int { order.count }

  /// The number of the socket at a place of what is shown, which names it in `owners` too.
  package func number(at place: Int) -> Int { Int(order[place]) }

  /// The Internet socket with a number; nil for a Unix socket.
  package func internetSocket(_ number: Int) -> DiagnosedSocket? { number < sockets.count ? sockets[number] : nil }

  /// The Internet sockets shown, in the order of the rows.
  package var internetSockets: [DiagnosedSocket] { order.compactMap { internetSocket(Int($0)) } }

  package func item(_ number: Int) -> Item {
    number < sockets.count ? .internet(sockets[number]) : .unix(unixSockets[number - sockets.count])
  }

  /// Which processes hold a socket, or why that is not known.
  package func ownership(of owner: Int) -> ProcessOwnership {
    guard let owners else { return .notApplicable }
    if let reason = unknownOwner(owner) { return .unknown(reason: reason) }
    return .known(owners.holders(of: owner))
  }

  /// Why nobody is known to hold a socket; nil where somebody is.
  package func unknownOwner(_ owner: Int) -> ProcessOwnership.Reason? {
    guard let owners else { return nil }
    let (state, inode) =
      owner < sockets.count
      ? (sockets[owner].state, sockets[owner].inode)
      : (unixSockets[owner - sockets.count].state, unixSockets[owner - sockets.count].inode)
    if state.isOwnerless { return .ownerlessState }
    if owners.isHeld(owner) { return owners.isKnown(owner) ? nil : .changedMeanwhile }
    // Inode 0: no file stands for the socket any more, so no process can hold it, whatever could be read.
    return owners.hasUnreadable && inode != 0 ? .needsPrivilege : .noHolder
  }

  /// Who holds a socket, short enough to be asked of each: a process's number in `owners` where it is the only one.
  package enum Holding {
    case notApplicable
    case unknown(ProcessOwnership.Reason)
    case process(Int)
    case several
  }

  package func holding(of owner: Int) -> Holding {
    guard let owners else { return .notApplicable }
    if let reason = unknownOwner(owner) { return .unknown(reason) }
    return owners.soleProcess(of: owner).map { .process($0) } ?? .several
  }

  /// Hands the Internet sockets to `body`, and the numbers of all that is shown, in order, which are indices of these or lie
  /// behind them; valid only during the call.
  package func withSockets<Result>(
    _ body: (_ sockets: UnsafeBufferPointer<DiagnosedSocket>, _ shown: UnsafeBufferPointer<Int32>) -> Result
  ) -> Result {
    sockets.withUnsafeBufferPointer { sockets in order.withUnsafeBufferPointer { body(sockets, $0) } }
  }

  /// How many sockets have an owner that could not be read for want of privilege.
  package var countOfHiddenOwners: Int {
    guard owners?.hasUnreadable == true else { return 0 }
    return order.count { unknownOwner(Int($0)) == .needsPrivilege }
  }

  /// The name of the interface a socket is bound to; nil for none.
  package func interface(of socket: DiagnosedSocket) -> String? {
    socket.interfaceIndex == 0 ? nil : interfaces[Int(socket.namespaceIndex)][socket.interfaceIndex]
  }

  /// The name of the user that made a socket; nil where it has no owner or the system knows no name.
  package func user(of uid: UInt32) -> String? { users[uid] ?? nil }

  /// The name of the socket that a Unix socket is connected to; nil for none.
  package func peerPath(_ socket: UnixSocket) -> String? { socket.peerInode.flatMap { unixPaths[$0] } }

  package var rows: SocketRows { SocketRows(snapshot: self) }
}
