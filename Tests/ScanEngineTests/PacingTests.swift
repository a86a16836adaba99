import Model
import Testing

@testable import ScanEngine

@Suite("Pacing, timing and walking")
struct PacingTests {
  @Test("A rate is kept over a second, and a pause is not caught up")
  func rate() {
    var meter = PaceMeter(perSecond: 1000)
    func starts(from begin: UInt64, to end: UInt64) -> Int {
      var now = begin
      var count = 0
      while true {
        now = max(now, meter.nextStart(now: now))
        guard now < end else { return count }
        meter.recordStart(now: now)
        count += 1
      }
    }
    let second: UInt64 = 1_000_000_000
    #expect((1000...1011).contains(starts(from: second, to: 2 * second)))
    // After an hour's pause: the bucket's depth of ten milliseconds, and the rate again.
    #expect((1000...1011).contains(starts(from: 3600 * second, to: 3601 * second)))
  }

  @Test("Without a rate nothing waits")
  func noRate() {
    var meter = PaceMeter(perSecond: nil)
    for now in UInt64(0)..<100 {
      #expect(meter.nextStart(now: now) == now)
      meter.recordStart(now: now)
    }
  }

  @Test("A timeout starts at the pace's, follows the round-trip times, and stays within its bounds")
  func timeouts() {
    let limits = TimeoutLimits(ScanPace())
    var estimate = RoundTripEstimate()
    #expect(estimate.timeout(limits) == 1_000_000_000)
    // The first sample d: d + 4 × clamp(d, 5 ms, 2 s).
    estimate.add(100_000_000)
    #expect(estimate.timeout(limits) == 500_000_000)
    // e = 40 ms: srtt = 105 ms; rttvar = 100 + (40 − 100) / 4 = 85 ms.
    estimate.add(140_000_000)
    #expect(estimate.timeout(limits) == 445_000_000)
    for _ in 0..<100 { estimate.add(1_000) }
    #expect(estimate.timeout(limits) == 100_000_000)
    for _ in 0..<100 { estimate.add(7_000_000_000) }
    #expect((7_000_000_000...10_000_000_000).contains(estimate.timeout(limits)))
    let before = estimate
    estimate.add(8_000_000_000)
    #expect(estimate == before)
  }

  @Test("Durations become nanoseconds without overflow")
  func nanoseconds() {
    #expect(Duration.milliseconds(1500).wholeNanoseconds == 1_500_000_000)
    #expect(Duration.seconds(-1).wholeNanoseconds == 0)
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == 9_000_000_000_000_000_000)
  }

  @Test("The cursor meets every host once, in order, and ends at the end of the address space")
  func cursor() throws {
    let ports = PortSelection(tcp: PortSet([1...1]))
    let last = IPAddress(family: .ipv6, value: .max)
    let end = AddressRange(IPAddress(family: .ipv6, value: .max - 2), last)
    var cursor = HostCursor([
      ScanBlock(hosts: [HostRange(AddressRange(.ipv4Loopback)), HostRange(end)], ports: ports),
      ScanBlock(hosts: [HostRange(AddressRange(.ipv4Loopback))], ports: PortSelection()),
      ScanBlock(hosts: [HostRange(AddressRange(.ipv6Loopback), interface: "lo")], ports: ports),
    ])
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

  @Test("Lists of retries share an array and keep their own order")
  func retries() {
    var pool = RetryPool()
    var lists = [RetryPool.List(), RetryPool.List()]
    for offset in 0..<100 {
      pool.append(.init(portOffset: offset, tries: 1, mishaps: 0), to: &lists[offset % 2])
    }
    for offset in stride(from: 0, to: 100, by: 2) { #expect(pool.popFirst(&lists[0])?.portOffset == offset) }
    #expect(pool.popFirst(&lists[0]) == nil)
    #expect(lists[0].isEmpty && lists[1].count == 50)
    pool.append(.init(portOffset: 7, tries: 2, mishaps: 1), to: &lists[0])
    #expect(pool.popFirst(&lists[0])?.tries == 2)
    for offset in stride(from: 1, to: 100, by: 2) { #expect(pool.popFirst(&lists[1])?.portOffset == offset) }
  }
}
