internal import LinuxSystem
internal import Model
internal import SocketFilter
internal import SocketInventory
internal import Synchronization
internal import Wire
internal import Worker

/// The worker's inside view, read from the kernel.
final class SocketInventorySource: InventorySource {
  private let owners = Mutex(OwnerMemory())

  func sample() async throws -> InventorySample {
    // Netlink and /proc block.
    try await SystemThread.result(name: "periplus-sockets") { [self] in try read() }
  }

  /// Reads it on the calling thread, which it blocks. Owners are looked after from one time to the next.
  func read() throws -> InventorySample { try owners.withLock { try Self.read($0) } }

  private static func read(_ owners: OwnerMemory) throws -> InventorySample {
    var query = SocketQuery.listeners
    query.spansNamespaces = true
    let snapshot = try InventoryReader.snapshot(query, memory: owners)
    let addresses = try InterfaceAddresses.current().map {
      InterfaceAddressReport(interface: $0.interface, address: $0.address, prefixLength: $0.prefixLength)
    }
    var listeners: [ListenerReport] = snapshot.rows.lazy.filter(\.isListener).compactMap(report)
    let counter = try count(listeners)
    for index in listeners.indices { listeners[index].connections = counter.connections[listeners[index].key] }
    return InventorySample(
      addresses: addresses, listeners: listeners, peers: counter.summary,
      ownersReadAt: snapshot.owners.map { Timestamp(milliseconds: $0.readAt) })
  }

  /// Connections are dumped apart: among the listeners, each new one would make the look for owners a whole pass.
  private static func count(_ listeners: [ListenerReport]) throws -> ConnectionCounter {
    var query = SocketQuery(protocols: [.tcp], states: [.established], includesProcesses: false)
    query.includesUsers = false
    query.spansNamespaces = true
    let snapshot = try InventoryReader.snapshot(query)
    var counter = ConnectionCounter(listeners: listeners)
    for place in 0..<snapshot.count {
      guard let socket = snapshot.internetSocket(snapshot.number(at: place)) else { continue }
      let namespace = snapshot.namespaces[Int(socket.namespaceIndex)]
      counter.count(
        namespace: namespace.isOwn ? nil : namespace.inode, local: socket.localAddress, port: socket.localPort,
        remote: socket.remoteAddress, remotePort: socket.remotePort)
    }
    return counter
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
