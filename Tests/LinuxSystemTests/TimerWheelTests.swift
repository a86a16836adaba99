import LinuxSystem
import Testing

@Suite("Timer wheel")
struct TimerWheelTests {
  private let millisecond: UInt64 = 1 << 20

  private func expired(_ wheel: inout TimerWheel, now: UInt64) -> [Int] {
    var ids: [Int] = []
    wheel.expire(now: now, into: &ids)
    return ids.sorted()
  }

  @Test("A deadline expires after it has passed and only once")
  func expiresOnce() {
    var wheel = TimerWheel(now: 1000)
    wheel.reserve(4)
    wheel.set(2, at: 5 * millisecond)
    #expect(expired(&wheel, now: 5 * millisecond - 1).isEmpty)
    #expect(expired(&wheel, now: 6 * millisecond) == [2])
    #expect(expired(&wheel, now: 60_000 * millisecond).isEmpty)
    #expect(wheel.count == 0)
  }

  @Test("A deadline in the past expires at the next turn")
  func pastDeadline() {
    var wheel = TimerWheel(now: 100 * millisecond)
    wheel.reserve(1)
    _ = expired(&wheel, now: 100 * millisecond)
    wheel.set(0, at: 3)
    #expect(expired(&wheel, now: 101 * millisecond) == [0])
  }

  @Test("A deadline beyond one turn of the wheel waits for its own turn")
  func laterTurn() {
    var wheel = TimerWheel(now: 0)
    wheel.reserve(2)
    wheel.set(0, at: 10_000 * millisecond)
    wheel.set(1, at: 1808 * millisecond)
    // Both lie in one bucket: 10,000 mod 4,096 is 1,808.
    #expect(expired(&wheel, now: 1900 * millisecond) == [1])
    #expect(expired(&wheel, now: 9999 * millisecond).isEmpty)
    #expect(expired(&wheel, now: 10_002 * millisecond) == [0])
  }

  @Test("Setting again moves the deadline, clearing removes it")
  func moveAndClear() {
    var wheel = TimerWheel(now: 0)
    wheel.reserve(3)
    wheel.set(0, at: 10 * millisecond)
    wheel.set(1, at: 10 * millisecond)
    wheel.set(2, at: 10 * millisecond)
    wheel.set(0, at: 50 * millisecond)
    wheel.clear(1)
    wheel.clear(1)
    #expect(expired(&wheel, now: 20 * millisecond) == [2])
    #expect(expired(&wheel, now: 60 * millisecond) == [0])
    #expect(wheel.nextExpiry == nil)
  }

  @Test("Agrees with a plain table over random deadlines, and never asks to be called too late")
  func agreesWithPlainTable() {
    var random = SystemRandomNumberGenerator()
    var wheel = TimerWheel(now: 0)
    wheel.reserve(200)
    var table: [Int: UInt64] = [:]
    var now: UInt64 = 0
    for _ in 0..<5000 {
      let id = Int.random(in: 0..<200, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        wheel.clear(id)
        table[id] = nil
      case 1:
        now += UInt64.random(in: 0..<(Bool.random() ? 20 : 6000), using: &random) * millisecond
        let ids = expired(&wheel, now: now)
        for id in ids {
          let deadline = table.removeValue(forKey: id)
          #expect(deadline.map { $0 <= now } == true, "nothing expires early or unset")
        }
        #expect(table.values.allSatisfy { $0 + millisecond > now }, "nothing is late by more than a tick")
      default:
        let deadline = now + UInt64.random(in: 0..<9000, using: &random) * millisecond / 3
        wheel.set(id, at: deadline)
        table[id] = deadline
      }
      #expect(wheel.count == table.count)
      if let next = wheel.nextExpiry, let earliest = table.values.min() {
        #expect(next <= max(earliest, now) + 2 * millisecond)
      }
    }
  }
}
