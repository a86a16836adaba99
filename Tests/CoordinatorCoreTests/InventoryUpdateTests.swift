import Model
import Testing

@testable import CoordinatorCore

@Suite struct InventoryUpdateTests {
  private static func update(_ epoch: String, _ sequence: Int64, base: Int64? = nil) -> InventoryUpdate {
    InventoryUpdate(
      position: InventoryPosition(epoch: epoch, sequence: sequence), takenAt: Timestamp(milliseconds: 0),
      interfaces: [], listeners: [:], delta: base.map { InventoryUpdate.Delta(baseSequence: $0) })
  }

  private static let held = InventoryPosition(epoch: "a", sequence: 5)

  @Test("A whole report applies unless it, or a later one of its epoch, is here")
  func decidesOnWholeReports() {
    #expect(Self.update("a", 1).decision(holding: nil) == .apply)
    #expect(Self.update("a", 6).decision(holding: Self.held) == .apply)
    #expect(Self.update("a", 9).decision(holding: Self.held) == .apply)
    #expect(Self.update("b", 1).decision(holding: Self.held) == .apply)
    #expect(Self.update("a", 5).decision(holding: Self.held) == .isKnown)
    #expect(Self.update("a", 4).decision(holding: Self.held) == .isKnown)
  }

  @Test("A delta applies only to the report that it builds on")
  func decidesOnDeltas() {
    #expect(Self.update("a", 6, base: 5).decision(holding: Self.held) == .apply)
    #expect(Self.update("a", 8, base: 5).decision(holding: Self.held) == .apply)
    #expect(Self.update("a", 6, base: 4).decision(holding: Self.held) == .needsFull)
    #expect(Self.update("a", 8, base: 7).decision(holding: Self.held) == .needsFull)
    #expect(Self.update("a", 5, base: 4).decision(holding: Self.held) == .isKnown)
    #expect(Self.update("a", 3, base: 2).decision(holding: Self.held) == .isKnown)
    #expect(Self.update("b", 6, base: 5).decision(holding: Self.held) == .needsFull)
    #expect(Self.update("a", 2, base: 1).decision(holding: nil) == .needsFull)
  }

  @Test("A delta leaves what it does not name")
  func makesTheWhole() {
    func owned(_ last: UInt32, _ prefixLength: Int = 24) -> InterfaceAddress {
      InterfaceAddress(interface: "eth0", address: IPAddress(ipv4: last), prefixLength: prefixLength)
    }
    func key(_ port: Port, _ namespace: UInt64? = nil) -> ListenerRecord.Key {
      .init(transport: .tcp, address: .ipv4Unspecified, port: port, interface: "", namespace: namespace)
    }
    func content(_ user: String) -> ListenerContent {
      ListenerContent(
        isIPv6Only: false, uid: 0, user: user, inode: 1, processes: [], ownerUnknownReason: nil, unit: nil)
    }
    var update = Self.update("a", 6, base: 5)
    update.interfaces = [owned(1, 16), owned(4)]
    update.delta?.goneInterfaces = [.init(interface: "eth0", address: IPAddress(ipv4: 2))]
    update.listeners = [key(1, 7): content("new"), key(3): content("changed")]
    update.delta?.goneListeners = [key(2)]
    let (interfaces, listeners) = update.whole(
      over: [owned(1), owned(2), owned(3)],
      [key(1): content("kept"), key(2): content("gone"), key(2, 7): content("kept"), key(3): content("old")])
    #expect(Set(interfaces) == [owned(1, 16), owned(3), owned(4)])
    #expect(
      listeners == [
        key(1): content("kept"), key(2, 7): content("kept"), key(3): content("changed"), key(1, 7): content("new"),
      ])
  }
}
