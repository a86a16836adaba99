import Testing

@testable import ProbeTiming

@Suite("Round-trip times and waits")
struct TimeoutTests {
  private static let millisecond: UInt64 = 1_000_000
  private let limits = TimeoutLimits(initial: .seconds(1), shortest: .milliseconds(100), longest: .seconds(10))
  private let nothing = RoundTripEstimate()

  private func wait(_ host: RoundTripEstimate, isFirst: Bool = false) -> UInt64 {
    limits.wait(isFirst: isFirst, host: host, network: nothing, run: nothing)
  }

  @Test("A wait starts at the pace's, follows the round-trip times, and stays within its bounds")
  func bounds() {
    var estimate = RoundTripEstimate()
    #expect(wait(estimate) == 1000 * Self.millisecond)
    // The first sample d: d + 4 × clamp(d, 5 ms, 2 s).
    estimate.add(100 * Self.millisecond)
    #expect(wait(estimate) == 500 * Self.millisecond)
    // e = 40 ms: srtt = 105 ms; rttvar = 100 + (40 − 100) / 4 = 85 ms.
    estimate.add(140 * Self.millisecond)
    #expect(wait(estimate) == 445 * Self.millisecond)
    for _ in 0..<100 { estimate.add(1_000) }
    #expect(wait(estimate) == 100 * Self.millisecond)
    #expect(wait(estimate, isFirst: true) == 25 * Self.millisecond)
    for _ in 0..<100 { estimate.add(7_000 * Self.millisecond) }
    #expect((7_000 * Self.millisecond...10_000 * Self.millisecond).contains(wait(estimate)))
    let before = estimate
    estimate.add(8_000 * Self.millisecond)
    #expect(estimate == before)
  }

  @Test("An even path keeps a margin, though its variation falls to nothing")
  func margin() {
    var estimate = RoundTripEstimate()
    for _ in 0..<200 { estimate.add(200 * Self.millisecond) }
    #expect(estimate.variation < Self.millisecond)
    #expect(wait(estimate, isFirst: true) >= 260 * Self.millisecond)
  }

  @Test("An unknown host borrows from its network, and for a first try from the whole run")
  func borrowed() {
    var near = RoundTripEstimate()
    for _ in 0..<200 { near.add(20 * Self.millisecond) }
    let fromNetwork = limits.wait(isFirst: true, host: nothing, network: near, run: nothing)
    #expect(fromNetwork == 2 * near.answerTime)
    #expect(limits.wait(isFirst: true, host: nothing, network: nothing, run: near) == 250 * Self.millisecond)
    #expect(limits.wait(isFirst: false, host: nothing, network: nothing, run: near) == 1000 * Self.millisecond)
  }

  @Test("Durations become nanoseconds without overflow")
  func nanoseconds() {
    #expect(Duration.milliseconds(1500).wholeNanoseconds == 1_500_000_000)
    #expect(Duration.seconds(-1).wholeNanoseconds == 0)
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == 9_000_000_000_000_000_000)
  }
}
