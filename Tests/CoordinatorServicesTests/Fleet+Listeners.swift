import CoordinatorCore
import Model

@testable import CoordinatorServices

extension Fleet {
  /// An inventory of 10.0.0.5 with a program at each of some ports; then a minute passes.
  func send(_ names: [Port: String], from agent: AgentRecord, sequence: Int64) async throws {
    var listeners: [ListenerRecord.Key: ListenerContent] = [:]
    for (port, name) in names {
      listeners[.init(transport: .tcp, address: .ipv4Unspecified, port: port, interface: "")] = ListenerContent(
        isIPv6Only: false, uid: 0, user: "root", inode: 1, processes: [ListeningProcess(pid: 7, name: name)],
        ownerUnknownReason: nil, unit: "\(name).service", connections: 0)
    }
    _ = try await results.accept(
      InventoryUpdate(
        position: InventoryPosition(epoch: "boot", sequence: sequence), takenAt: clock.now,
        interfaces: [InterfaceAddress(interface: "eth0", address: IPAddress(ipv4: 0x0a00_0005), prefixLength: 24)],
        listeners: listeners),
      from: agent)
    clock.advance(by: .seconds(60))
  }
}
