import Model
import Testing

@testable import ScanEngine

@Suite("Walking and waiting")
struct WalkingTests {
  @Test("The cursor meets every host once, in order, and ends at the end of the address space")
  func cursor() throws {
    let ports = PortSelection(tcp: PortSet([1...1]))
    let last = IPAddress(family: .ipv6, value: .max)
    let end = AddressRange(IPAddress(family: .ipv6, value: .max - 2), last)
    let blocks = [
      ScanBlock(hosts: [HostRange(AddressRange(.ipv4Loopback)), HostRange(end)], ports: ports),
      ScanBlock(hosts: [HostRange(AddressRange(.ipv4Loopback))], ports: PortSelection()),
      ScanBlock(hosts: [HostRange(AddressRange(.ipv6Loopback), interface: "lo")], ports: ports),
    ]
    var cursor = HostCursor(blocks, takesHostsWithoutPorts: false)
    var seen: [String] = []
    while let (block, offset, host) = cursor.next() { seen.append("\(block) \(offset) \(host)") }
    #expect(
      seen == [
        "0 0 127.0.0.1", "0 1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffd",
        "0 2 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "0 3 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2 0 ::1%lo",
      ])
    #expect(cursor.next() == nil)
  }

  @Test("Queues keep their order while they grow")
  func queues() {
    var queue = IndexQueue()
    var expected: [Int] = []
    for value in 0..<1000 {
      queue.append(value)
      expected.append(value)
      if value % 3 == 0 { #expect(queue.popFirst() == expected.removeFirst()) }
    }
    while let value = queue.popFirst() { #expect(value == expected.removeFirst()) }
    #expect(expected.isEmpty)
  }

  @Test("Lists of waiting probes share an array and keep their own order")
  func lists() {
    var pool = ProbePool()
    var lists = [ProbePool.List(), ProbePool.List()]
    for offset in 0..<100 { pool.append(Self.entry(offset), to: &lists[offset % 2]) }
    for offset in stride(from: 0, to: 100, by: 2) { #expect(pool.popFirst(&lists[0])?.portOffset == Int32(offset)) }
    #expect(pool.popFirst(&lists[0]) == nil)
    #expect(lists[0].isEmpty && lists[1].count == 50)
    pool.append(Self.entry(7), to: &lists[0])
    pool.prepend(Self.entry(5), to: &lists[0])
    var other = lists[1]
    pool.move(&other, to: &lists[0])
    #expect(other.isEmpty && lists[0].count == 52)
    let expected = [5, 7] + Array(stride(from: 1, to: 100, by: 2))
    for offset in expected { #expect(pool.popFirst(&lists[0])?.portOffset == Int32(offset)) }
    #expect(lists[0].isEmpty)
  }

  private static func entry(_ offset: Int) -> ProbePool.Entry {
    ProbePool.Entry(portOffset: Int32(offset), tries: 1, evidence: 1, regime: 0, mishaps: 0, period: 0)
  }

  @Test("Ports ascend, or the likeliest come first where a silent host is given up after them; each comes once")
  func portOrder() {
    let few = PortOrder(PortSelection(tcp: PortSet([1...100])), discovery: .on, sequence: .likeliestFirst)
    #expect(few.likelyCount == 100 && (0..<100).allSatisfy { few[$0] == $0 })
    let ports = PortSelection(tcp: PortSet([1...1024, 60000...60100]), udp: PortSet([53...53]))
    let all = PortOrder(ports, discovery: .off, sequence: .likeliestFirst)
    #expect(all.likelyCount == all.count && (0..<all.count).allSatisfy { all[$0] == $0 })
    let order = PortOrder(ports, discovery: .on, sequence: .likeliestFirst)
    #expect(order.likelyCount == 100)
    #expect(Set((0..<order.count).map { order[$0] }) == Set(0..<ports.count))
    let likely = Set((0..<100).map { ports.endpoint(at: order[$0]) })
    #expect(likely.contains(ProtocolPort(.tcp, Port(443))) && likely.contains(ProtocolPort(.tcp, Port(22))))
    // Where no ranking helps, they are spread.
    let unknown = PortOrder(PortSelection(tcp: PortSet([40000...49000])), discovery: .on, sequence: .likeliestFirst)
    #expect(unknown.likelyCount == 100 && (0..<100).contains { unknown[$0] > 8000 })
    // Asked for ascending order there is no other; a silent host is given up all the same.
    let ascending = PortOrder(ports, discovery: .on, sequence: .ascending)
    #expect(ascending.likelyCount == 100 && (0..<ascending.count).allSatisfy { ascending[$0] == $0 })
  }
}
