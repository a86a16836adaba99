import Model
import SeededRandom
import Testing
import Wire

@testable import Worker

@Suite struct InventoryDeltaTests {
  static func listener(_ port: Port, pid: Int32 = 1, inode: UInt64 = 1, namespace: UInt64? = nil) -> ListenerReport {
    ListenerReport(
      transport: .tcp, address: .ipv4Unspecified, port: port, interface: nil, isIPv6Only: false, uid: 0, user: "root",
      inode: inode, processes: [ListeningProcess(pid: pid, name: "p\(pid)", commandLine: "p --port \(port)")],
      ownerUnknownReason: nil, unit: nil, namespace: namespace, container: namespace.map { "c\($0)" })
  }

  static func address(_ last: UInt32, prefix: Int = 24) -> InterfaceAddressReport {
    InterfaceAddressReport(interface: "eth0", address: IPAddress(ipv4: 0x0a00_0000 + last), prefixLength: prefix)
  }

  /// Few keys and few contents, so that samples often have some in common.
  static func sample(using generator: inout SeededGenerator) -> InventorySample {
    var listeners: [ListenerReport] = []
    for port in 1...8 {
      for namespace: UInt64? in [nil, 7] where Bool.random(using: &generator) {
        for _ in 0..<Int.random(in: 1...2, using: &generator) {
          listeners.append(
            listener(
              Port(UInt16(port)), pid: .random(in: 1...3, using: &generator),
              inode: .random(in: 1...2, using: &generator), namespace: namespace))
        }
      }
    }
    let addresses = (1...4).filter { _ in Bool.random(using: &generator) }.map {
      address($0, prefix: .random(in: 23...24, using: &generator))
    }
    return InventorySample(
      addresses: addresses.shuffled(using: &generator), listeners: listeners.shuffled(using: &generator),
      peers: PeersReport(others: .random(in: 0...2, using: &generator)))
  }

  @Test("A delta from one view to another, applied to the one, gives the other", arguments: 0..<20)
  func appliedGivesTheOther(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let earlier = InventoryState(Self.sample(using: &generator))
      let later = InventoryState(Self.sample(using: &generator))
      #expect(earlier.applying(InventoryDelta(from: earlier, to: later)) == later)
    }
  }

  @Test("Two looks at the same sockets differ in nothing, in whatever order they were read")
  func orderDoesNotMatter() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let sample = Self.sample(using: &generator)
      let again = InventorySample(
        addresses: sample.addresses.shuffled(using: &generator),
        listeners: sample.listeners.shuffled(using: &generator), peers: sample.peers)
      let (first, second) = (InventoryState(sample), InventoryState(again))
      let delta = InventoryDelta(from: first, to: second)
      #expect(delta.addresses.isEmpty && delta.listeners.isEmpty)
      #expect(delta.peers == nil && delta.goneAddresses.isEmpty && delta.goneListeners.isEmpty)
      #expect(first.sortedListeners == second.sortedListeners)
    }
  }

  @Test("A delta has what was added, what changed and what is gone, and nothing else")
  func hasWhatDiffers() {
    let earlier = InventoryState(
      .init(addresses: [Self.address(1), Self.address(2)], listeners: [1, 2, 3].map { Self.listener($0) }))
    let later = InventoryState(
      .init(
        addresses: [Self.address(1, prefix: 16), Self.address(3)],
        listeners: [Self.listener(2), Self.listener(3, pid: 9), Self.listener(3, namespace: 7)]))
    let delta = InventoryDelta(from: earlier, to: later)
    #expect(delta.addresses == [Self.address(1, prefix: 16), Self.address(3)])
    #expect(delta.goneAddresses == [Self.address(2).key])
    #expect(delta.listeners == [Self.listener(3, pid: 9), Self.listener(3, namespace: 7)])
    #expect(delta.goneListeners == [Self.listener(1).key])
  }

  @Test("Sockets that share a port are in a unit and container if all are whose owners are known")
  func tellsNoUnitOfOthers() {
    func told(_ members: [(unit: String?, isKnown: Bool)]) -> String? {
      let group = members.enumerated().map { index, member in
        var listener = Self.listener(80, pid: Int32(index + 1), inode: UInt64(index + 1))
        (listener.unit, listener.container) = (member.unit, member.unit.map { "box-\($0)" })
        if !member.isKnown { (listener.processes, listener.ownerUnknownReason) = ([], "permission") }
        return listener
      }
      let orders = [group, group.reversed()].map { order in
        InventoryState(InventorySample(addresses: [], listeners: order, peers: PeersReport(others: 0))).sortedListeners
      }
      #expect(orders[0] == orders[1] && orders[0].count == 1)
      let one = orders[0][0]
      #expect(one.container == one.unit.map { "box-\($0)" } && one.inode == 1)
      return one.unit
    }
    #expect(told([("a", true), ("a", true)]) == "a")
    #expect(told([("a", true), ("b", true)]) == nil)
    #expect(told([("a", true), (nil, true)]) == nil)
    #expect(told([(nil, false), ("b", true)]) == "b")
    #expect(told([("a", true), ("b", true), ("a", true)]) == nil)
  }

  @Test("Sockets that share a port are one listener with the processes of all")
  func joinsSharedPorts() {
    let state = InventoryState(
      .init(
        addresses: [],
        listeners: [Self.listener(1, pid: 3, inode: 12), Self.listener(1, pid: 2, inode: 11), Self.listener(1, pid: 3)])
    )
    #expect(state.listeners.count == 1)
    #expect(state.sortedListeners.first?.inode == 1)
    #expect(state.sortedListeners.first?.processes.map(\.pid) == [2, 3])
  }
}
