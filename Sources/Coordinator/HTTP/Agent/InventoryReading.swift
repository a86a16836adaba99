internal import CoordinatorCore
internal import Model
internal import Wire

/// Makes an inventory report the chart's own.
enum InventoryReading {
  /// Throws a `Refusal` that points at a row that cannot be meant.
  static func read(_ report: InventoryReport) throws -> InventoryUpdate {
    guard (1...200).contains(report.epoch.count) else {
      throw Refusal(.invalidValue, "1 to 200 characters are expected", at: "/epoch")
    }
    guard report.listeners.count <= WireLimits.listenersPerInventory else {
      throw Refusal(
        .invalidValue, "an inventory has at most \(WireLimits.listenersPerInventory) listeners", at: "/listeners")
    }
    guard report.addresses.count <= WireLimits.addressesPerInventory else {
      throw Refusal(
        .invalidValue, "an inventory has at most \(WireLimits.addressesPerInventory) addresses", at: "/addresses")
    }
    let interfaces = try report.addresses.enumerated().map { index, row in
      guard (0...row.address.family.bitWidth).contains(row.prefixLength) else {
        throw Refusal(.invalidValue, "the prefix does not fit the address", at: "/addresses/\(index)/prefixLength")
      }
      try check(row.interface, at: "/addresses/\(index)/interface")
      return InterfaceAddress(interface: row.interface, address: row.address, prefixLength: row.prefixLength)
    }
    var listeners: [ListenerRecord.Key: ListenerContent] = [:]
    for (index, listener) in report.listeners.enumerated() {
      let key = try key(listener.key, at: "/listeners/\(index)")
      try check(listener, at: "/listeners/\(index)")
      let content = ListenerContent(
        isIPv6Only: listener.isIPv6Only, uid: listener.uid, user: listener.user, inode: listener.inode,
        processes: listener.processes, ownerUnknownReason: listener.ownerUnknownReason, unit: listener.unit,
        namespaceName: listener.namespaceName, container: listener.container,
        connections: listener.connections)
      // Sockets that share a port (SO_REUSEPORT, socket(7)) are one listener with every process of the group, and the unit and container
      // that all have whose owners are known. Our agents tell them as one already; this is for whoever does not.
      if let first = listeners[key] {
        listeners[key]?.processes = first.processes + content.processes.filter { !first.processes.contains($0) }
        guard !content.processes.isEmpty else { continue }
        let isFirst = first.processes.isEmpty
        listeners[key]?.unit = isFirst || first.unit == content.unit ? content.unit : nil
        listeners[key]?.container = isFirst || first.container == content.container ? content.container : nil
      } else {
        listeners[key] = content
      }
    }
    return InventoryUpdate(
      position: InventoryPosition(epoch: report.epoch, sequence: report.sequence), takenAt: report.takenAt,
      ownersVerifiedAt: report.ownersVerifiedAt, interfaces: interfaces, listeners: listeners,
      peers: try report.peers.map(peers), delta: try report.delta.map(delta))
  }

  private static func peers(_ report: PeersReport) throws -> PeerSummary {
    guard report.networks.count <= WireLimits.peerNetworks, report.others >= 0 else {
      throw Refusal(
        .invalidValue, "at most \(WireLimits.peerNetworks) networks and a number of the others are expected",
        at: "/peers")
    }
    return PeerSummary(
      networks: try report.networks.enumerated().map { index, row in
        guard (0...row.address.family.bitWidth).contains(row.prefixLength), row.connections > 0 else {
          throw Refusal(
            .invalidValue, "a prefix that fits the address and a positive number are expected",
            at: "/peers/networks/\(index)")
        }
        return PeerSummary.Network(
          address: row.address, prefixLength: row.prefixLength, outboundPort: row.outboundPort,
          connections: row.connections)
      }, others: report.others)
  }

  private static func delta(_ delta: InventoryReport.Delta) throws -> InventoryUpdate.Delta {
    guard delta.goneListeners.count <= WireLimits.listenersPerInventory,
      delta.goneAddresses.count <= WireLimits.addressesPerInventory
    else { throw Refusal(.invalidValue, "more is gone than an inventory may have", at: "/delta") }
    return InventoryUpdate.Delta(
      baseSequence: delta.baseSequence,
      goneInterfaces: delta.goneAddresses.map { .init(interface: $0.interface, address: $0.address) },
      goneListeners: try delta.goneListeners.enumerated().map { index, gone in
        try key(gone, at: "/delta/goneListeners/\(index)")
      })
  }

  private static func key(_ key: ListenerReport.Key, at pointer: String) throws -> ListenerRecord.Key {
    if let interface = key.interface { try check(interface, at: pointer + "/interface") }
    guard key.namespace != 0 else {
      throw Refusal(.invalidValue, "a positive number is expected", at: pointer + "/namespace")
    }
    return ListenerRecord.Key(
      transport: key.transport, address: key.address, port: key.port, interface: key.interface ?? "",
      namespace: key.namespace)
  }

  /// What is text and comes from processes is bounded.
  private static func check(_ listener: ListenerReport, at pointer: String) throws {
    guard (listener.connections ?? 0) >= 0 else {
      throw Refusal(.invalidValue, "a number from 0 is expected", at: "\(pointer)/connections")
    }
    for (name, text) in [("namespaceName", listener.namespaceName), ("container", listener.container)] {
      guard (text?.utf8.count ?? 0) <= textBytes else {
        throw Refusal(.invalidValue, "at most \(textBytes) octets are expected", at: "\(pointer)/\(name)")
      }
    }
    for (index, process) in listener.processes.enumerated() {
      guard (process.commandLine?.utf8.count ?? 0) <= WireLimits.commandLineBytes else {
        throw Refusal(
          .invalidValue, "at most \(WireLimits.commandLineBytes) octets are expected",
          at: "\(pointer)/processes/\(index)/commandLine")
      }
    }
  }

  private static let textBytes = 1_024

  /// What the kernel takes for an interface's name (dev_valid_name in net/core/dev.c), less what would split a cursor.
  private static func check(_ interface: String, at pointer: String) throws {
    let isName = interface.utf8.allSatisfy {
      $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "|")
    }
    guard isName, (1...15).contains(interface.utf8.count) else {
      throw Refusal(.invalidValue, "this is not an interface's name", at: pointer)
    }
  }
}
