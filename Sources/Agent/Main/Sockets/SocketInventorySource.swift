internal import LinuxSystem
internal import Model
internal import SocketFilter
internal import SocketInventory
internal import Wire
internal import Worker

/// The worker's inside view, read from the kernel.
struct SocketInventorySource: InventorySource {
  func sample() async throws -> InventorySample {
    // Netlink and /proc block: a thread of its own, as the cooperative pool must not.
    try await withCheckedThrowingContinuation { continuation in
      do {
        _ = try SystemThread(name: "periplus-sockets") { continuation.resume(with: Result { try Self.read() }) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  private static func read() throws -> InventorySample {
    var query = SocketQuery.listeners
    query.spansNamespaces = true
    query.states.insert(.established)
    let snapshot = try InventoryReader.snapshot(query)
    let addresses = try InterfaceAddresses.current().map {
      InterfaceAddressReport(interface: $0.interface, address: $0.address, prefixLength: $0.prefixLength)
    }
    var listeners: [ListenerReport] = []
    // Rows are made of listeners alone: there may be a hundred thousand connections.
    for place in 0..<snapshot.count
    where snapshot.internetSocket(snapshot.number(at: place))?.state != .established {
      let row = snapshot.rows[place]
      if row.isListener, let listener = report(row) { listeners.append(listener) }
    }
    var counter = ConnectionCounter(listeners: listeners)
    for place in 0..<snapshot.count {
      guard let socket = snapshot.internetSocket(snapshot.number(at: place)), socket.socketProtocol == .tcp,
        socket.state == .established
      else { continue }
      let namespace = snapshot.namespaces[Int(socket.namespaceIndex)]
      counter.count(
        namespace: namespace.isOwn ? nil : namespace.inode, local: socket.localAddress, port: socket.localPort,
        remote: socket.remoteAddress, remotePort: socket.remotePort)
    }
    for index in listeners.indices { listeners[index].connections = counter.connections[listeners[index].key] }
    return InventorySample(
      addresses: addresses, listeners: listeners, peers: counter.summary,
      ownersReadAt: snapshot.owners.map { Timestamp(milliseconds: $0.readAt) })
  }

  private static func report(_ row: SocketRow) -> ListenerReport? {
    guard let transport = TransportProtocol(rawValue: row.socketProtocol.rawValue) else { return nil }
    let processes = row.ownership.holders.map(\.process)
    let unknown: String? = if case .unknown(let reason) = row.ownership { reason.rawValue } else { nil }
    return ListenerReport(
      transport: transport, address: row.localAddress, port: row.localPort, interface: row.interface,
      isIPv6Only: row.isIPv6Only ?? false, uid: row.uid, user: row.user, inode: row.inode.map(UInt64.init),
      processes: processes.map { process in
        ListeningProcess(
          pid: process.pid, name: process.name, executable: process.executable, user: process.user,
          startTime: Timestamp(milliseconds: process.startTime), parentPid: process.parentPid,
          commandLine: process.commandLine.map(cut))
      }, ownerUnknownReason: unknown, unit: processes.first?.unit,
      namespace: row.namespace.isOwn ? nil : row.namespace.inode,
      namespaceName: row.namespace.isOwn ? nil : row.namespace.name, container: processes.first?.container)
  }

  /// The beginning of a command line, as a report may carry it, cut between two characters.
  private static func cut(_ text: String) -> String {
    guard text.utf8.count > WireLimits.commandLineBytes else { return text }
    var length = 0
    return String(
      text.prefix { character in
        length += character.utf8.count
        return length <= WireLimits.commandLineBytes
      })
  }
}
