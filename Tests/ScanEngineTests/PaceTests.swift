import LinuxSystem
import Model
import ProbeTiming
import Testing

@testable import ScanEngine

@Suite("Paces and their defaults")
struct PaceTests {
  private static let second: UInt64 = 1_000_000_000

  @Test(
    "What is in flight follows descriptors, ephemeral ports and memory, the scarcest of them",
    arguments: [
      (1_048_576, 28_232, 1 << 34, 8192),
      (1024, 28_232, 1 << 34, 960),
      (20_000, 200, 1 << 34, 100),
      (20_000, 28_232, 1 << 26, 1024),
      // Some are always allowed: they wait for what is short.
      (64, 28_232, 1 << 34, 16),
      (20_000, 1, 1 << 34, 16),
    ])
  func defaultInFlight(openFiles: Int, ephemeralPorts: Int, memory: Int, expected: Int) {
    #expect(ScanPace.inFlight(openFiles: openFiles, ephemeralPorts: ephemeralPorts, memory: memory) == expected)
  }

  @Test("The default is this machine's, and asked for anew")
  func machine() {
    let expected = ScanPace.inFlight(
      openFiles: ResourceLimits.openFiles, ephemeralPorts: ResourceLimits.ephemeralPorts.count,
      memory: ResourceLimits.physicalMemory)
    #expect(ScanPace().maxInFlight == expected)
    #expect(ScanPace.defaultInFlight == expected)
  }

  @Test("Five minutes between two starts are kept, and before the first one where others went before")
  func spacing() {
    var pace = ScanPace(maxInFlight: 1)
    pace.spacing = .seconds(300)
    for isSpacedFromStart in [false, true] {
      pace.isSpacedFromStart = isSpacedFromStart
      let work = ScanWork(blocks: [], pace: pace) { _, _ in true }
      let run = RunState(EngineArrival(work: work, control: RunControl {}), now: Self.second)
      var now = Self.second
      var starts: [UInt64] = []
      while starts.count < 4 {
        now = max(now, run.meter.nextStart(now: now))
        starts.append(now)
        run.meter.recordStart(now: now)
        // Whatever is asked meanwhile, the next start is five minutes later.
        for seconds: UInt64 in [1, 150, 299] {
          #expect(run.meter.nextStart(now: now + seconds * Self.second) == now + 300 * Self.second)
        }
      }
      let first: UInt64 = isSpacedFromStart ? 301 : 1
      #expect(starts == (0..<4).map { (first + $0 * 300) * Self.second })
    }
  }
}
