import Testing

@testable import ProbeTiming

@Suite("Loss and window")
struct LossTests {
  private func estimate(answers: Int, lost: Int) -> LossEstimate {
    var estimate = LossEstimate(memory: 10_000)
    for _ in 0..<(answers - lost) { estimate.addAnswer(lost: 0) }
    for _ in 0..<lost { estimate.addAnswer(lost: 1) }
    return estimate
  }

  @Test(
    "Tries follow the loss seen: two without any, more the more is lost",
    arguments: [
      (0, 2), (2, 3), (20, 4), (100, 6), (500, 13),
    ])
  func tries(lost: Int, expected: Int) {
    let nothing = LossEstimate(memory: 10_000)
    #expect(estimate(answers: 1000, lost: lost).triesNeeded(network: nothing, acceptedError: 1e-6) == expected)
  }

  @Test("A host of few answers learns from its network")
  func network() {
    let few = estimate(answers: 5, lost: 0)
    #expect(few.triesNeeded(network: LossEstimate(memory: 512), acceptedError: 1e-6) == 2)
    #expect(few.triesNeeded(network: estimate(answers: 1000, lost: 20), acceptedError: 1e-6) >= 3)
  }

  @Test("Old losses fade")
  func memory() {
    var estimate = LossEstimate(memory: 64)
    for _ in 0..<20 { estimate.addAnswer(lost: 3) }
    #expect(estimate.ratio > 0.7)
    for _ in 0..<1000 { estimate.addAnswer(lost: 0) }
    #expect(estimate.ratio < 0.001)
  }

  @Test("A window grows by answers up to its ceiling, and a loss event halves it once")
  func window() {
    var window = CongestionWindow(initial: 20, least: 2)
    for _ in 0..<500 { window.recordAnswer(ceiling: 100) }
    #expect(window.limit == 100)
    for _ in 0..<50 { window.recordLoss(now: 1_000, wait: 100) }
    #expect(window.limit == 50)
    // Behind a loss it grows by one a window.
    for _ in 0..<51 { window.recordAnswer(ceiling: 100) }
    #expect(window.limit == 51 || window.limit == 50)
    for step in 1...20 { window.recordLoss(now: 1_000 + UInt64(step) * 100, wait: 100) }
    #expect(window.limit == 2)
  }
}
