import Testing

@testable import ProbeTiming

@Suite("Pace meter")
struct PaceMeterTests {
  private static let second: UInt64 = 1_000_000_000

  private func starts(_ meter: inout PaceMeter, from begin: UInt64, to end: UInt64) -> Int {
    var now = begin
    var count = 0
    while true {
      now = max(now, meter.nextStart(now: now))
      guard now < end else { return count }
      meter.recordStart(now: now)
      count += 1
    }
  }

  @Test("A rate is kept over a second, and a pause is not caught up")
  func rate() {
    var meter = PaceMeter(interval: 1_000_000)
    #expect((1000...1011).contains(starts(&meter, from: Self.second, to: 2 * Self.second)))
    // After an hour's pause: the bucket's depth of ten milliseconds, and the rate again.
    #expect((1000...1011).contains(starts(&meter, from: 3600 * Self.second, to: 3601 * Self.second)))
  }

  @Test("Slow starts keep their full distance")
  func spacing() {
    var meter = PaceMeter(interval: 15 * Self.second)
    #expect(starts(&meter, from: Self.second, to: 61 * Self.second) == 4)
    meter.recordStart(now: 1000 * Self.second)
    #expect(meter.nextStart(now: 1000 * Self.second) == 1015 * Self.second)
  }

  @Test("Without a rate nothing waits")
  func noRate() {
    var meter = PaceMeter(interval: 0)
    for now in UInt64(0)..<100 {
      #expect(meter.nextStart(now: now) == now)
      meter.recordStart(now: now)
    }
  }
}
