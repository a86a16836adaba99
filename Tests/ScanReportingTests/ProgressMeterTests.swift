import Testing

@testable import ScanReporting

@Suite struct ProgressMeterTests {
  @Test func aSteadyScanTellsItsShareItsRateAndItsTime() {
    var meter = ProgressMeter(total: 100_000)
    #expect(meter.secondsLeft == nil)
    for tenth in 0...50 {
      meter.update(
        ProgressMeter.Counts(settled: UInt128(tenth) * 100, probes: UInt64(tenth) * 120, open: 3),
        at: Double(tenth) / 10)
    }
    #expect(meter.line == "5.0% done, 1200 probes/s, 3 open, 1m35s left")
  }

  @Test func aScanThatSlowsDownIsBelievedWithinSeconds() {
    var meter = ProgressMeter(total: 1_000_000)
    var settled: UInt128 = 0
    for second in 0..<60 {
      settled += second < 20 ? 10_000 : 100
      meter.update(ProgressMeter.Counts(settled: settled), at: Double(second))
    }
    let left = meter.secondsLeft ?? 0
    #expect(left > 5000 && left < 9000)
  }

  @Test func nothingThatMovesPromisesNoEnd() {
    var meter = ProgressMeter(total: .max)
    meter.update(ProgressMeter.Counts(), at: 1)
    meter.update(ProgressMeter.Counts(), at: 2)
    #expect(meter.line == "0.0% done, 0 probes/s, 0 open")
    var empty = ProgressMeter(total: 0)
    empty.update(ProgressMeter.Counts(), at: 1)
    #expect(empty.line.hasPrefix("100.0% done"))
  }

  @Test(arguments: [
    (0.2, "1s"), (59.0, "59s"), (80.0, "1m20s"), (7500.0, "2h05m"), (273_600.0, "3d4h"), (1e30, "over 100d"),
  ])
  func spansAreShort(seconds: Double, text: String) {
    #expect(ProgressMeter.text(seconds: seconds) == text)
  }
}
