internal import LinuxSystem
internal import Model
internal import SocketFilter
internal import SocketInventory
internal import Wire
internal import Worker

/// The worker's inside view, read from the kernel.
struct SocketInventorySource: InventorySource {
  func sample() async throws -> InventorySample {
    // Netlink and /proc block.
    try await SystemThread.result(name: "periplus-sockets") { try Self.read() }
  }

  /// Reads it on the calling thread, which it blocks.
  static func read() throws -> InventorySample {
    let snapshot = try InventoryReader.snapshot(.listeners)
    let addresses = try InterfaceAddresses.current().map {
      InterfaceAddressReport(interface: $0.interface, address: $0.address, prefixLength: $0.prefixLength)
    }
    let listeners = snapshot.rows.lazy.filter(\.isListener).compactMap(report).prefix(
      WireLimits.listenersPerInventory)
    return InventorySample(
      addresses: Array(addresses.prefix(WireLimits.addressesPerInventory)), listeners: Array(listeners))
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
          startTime: Timestamp(milliseconds: process.startTime))
      }, ownerUnknownReason: unknown, unit: processes.first?.unit)
  }
}
