import Testing

@testable import ProbeTiming

/// The pacer against model hosts, on a clock of the test's own.
@Suite("Delivery pacer")
struct DeliveryPacerTests {
  private static let second: UInt64 = 1_000_000_000

  /// Answers up to `rate` probes a second, five at once, and drops the rest.
  private struct LimitedHost {
    let rate: Double
    let burst: Double
    var tokens: Double
    var last: UInt64 = 0

    init(rate: Double, burst: Double = 5) {
      self.rate = rate
      self.burst = burst
      tokens = burst
    }

    mutating func answers(at now: UInt64) -> Bool {
      tokens = min(burst, tokens + Double(now - last) / 1e9 * rate)
      last = now
      guard tokens >= 1 else { return false }
      tokens -= 1
      return true
    }
  }

  /// Probes endpoints as an engine does: `window` at once, a lost one again after 25 ms.
  ///
  /// - Returns: answers in the last second, and the pacer.
  private func probe(seconds: UInt64, window: Int, answers: (UInt64) -> Bool) -> (answered: Int, pacer: DeliveryPacer) {
    let wait: UInt64 = 25_000_000
    var pacer = DeliveryPacer()
    var loss = LossEstimate(memory: 1024)
    // Lost probes: when they time out, and the period of the try.
    var pending: [(due: UInt64, period: UInt16, tries: Int)] = []
    var lost: [(period: UInt16, tries: Int)] = []
    var answeredLately = 0
    var now = Self.second
    let end = (seconds + 1) * Self.second
    while now < end {
      while let first = pending.first, first.due <= now {
        pending.removeFirst()
        lost.append((first.period, first.tries))
      }
      while now < end, pending.count < window, pacer.nextStart(now: now) <= now {
        let again = lost.popLast()
        let period = pacer.period
        pacer.recordStart(now: now)
        let tries = (again?.tries ?? 0) + 1
        guard answers(now) else {
          pending.append((now + wait, period, tries))
          continue
        }
        if now > end - Self.second { answeredLately += 1 }
        let isOurs = again.map { pacer.isCurrent($0.period) } ?? false
        loss.addAnswer(lost: pacer.isPacing ? (isOurs ? 1 : 0) : tries - 1)
        let wasPacing = pacer.isPacing
        pacer.recordAnswer(now: now, lostPeriod: again?.period, loss: loss, wait: wait)
        if !wasPacing, pacer.isPacing { loss.reset() }
        // An answer takes a tenth of a millisecond.
        now += 100_000
      }
      now += 1_000_000
    }
    return (answeredLately, pacer)
  }

  @Test("It finds a host's rate and uses nearly all of it", arguments: [10.0, 20, 100, 1000, 3000], [5.0, 9])
  func finds(rate: Double, burst: Double) throws {
    var host = LimitedHost(rate: rate, burst: burst)
    let (answered, pacer) = probe(seconds: 10, window: 50) { host.answers(at: $0) }
    #expect(pacer.isPacing)
    #expect(Double(answered) > rate * 0.85)
    #expect(try #require(pacer.rate) < rate * 1.6)
  }

  @Test("A host without limit is not paced, nor one whose link loses one in ten")
  func unlimited() {
    #expect(!probe(seconds: 2, window: 50) { _ in true }.pacer.isPacing)
    var count = 0
    let lossy = probe(seconds: 2, window: 50) { _ in
      count += 1
      return count % 10 != 0
    }
    #expect(!lossy.pacer.isPacing)
  }

  @Test("Where slower is not better, it gives up")
  func futile() {
    var count = 0
    let (_, pacer) = probe(seconds: 20, window: 50) { _ in
      count = (count &* 7919 &+ 12345) % 1_000_003
      return count % 100 >= 35
    }
    #expect(!pacer.isPacing)
  }
}
