internal import CoordinatorCore
internal import Model
internal import Wire

/// Makes an inventory report the chart's own.
enum InventoryReading {
  /// Throws a `Refusal` that points at a row that cannot be meant.
  static func read(
    _ report: InventoryReport
  ) throws -> (listeners: [ListenerRecord.Key: ListenerContent], interfaces: [InterfaceAddress]) {
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
      if let interface = listener.interface { try check(interface, at: "/listeners/\(index)/interface") }
      let key = ListenerRecord.Key(
        transport: listener.transport, address: listener.address, port: listener.port,
        interface: listener.interface ?? "")
      let content = ListenerContent(
        isIPv6Only: listener.isIPv6Only, uid: listener.uid, user: listener.user, inode: listener.inode,
        processes: listener.processes, ownerUnknownReason: listener.ownerUnknownReason, unit: listener.unit)
      // Sockets that share a port (SO_REUSEPORT, socket(7)) are one listener with every process of the group.
      if let first = listeners[key] {
        listeners[key]?.processes = first.processes + content.processes.filter { !first.processes.contains($0) }
      } else {
        listeners[key] = content
      }
    }
    return (listeners, interfaces)
  }

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
