import Model
import Synchronization
import Testing

@testable import CoordinatorCore

@Suite struct ClockWatchTests {
  private let start = Timestamp(milliseconds: 1_700_000_000_000)

  /// What each of some looks says; times in seconds since the start.
  private func events(_ looks: [(wall: Double, continuous: Double)]) -> [[ClockWatch.Event]] {
    var watch = ClockWatch(patience: .seconds(10))
    return looks.map { watch.look(ClockReading(wall: start + .seconds($0.wall), continuous: .seconds($0.continuous))) }
  }

  @Test("Clocks that go on together say nothing, jitter and slewing neither")
  func isQuiet() {
    #expect(events([(0, 50), (1, 51), (2.4, 52.5), (3.5, 53.4), (13, 63)]) == [[], [], [], [], []])
  }

  @Test("A wall clock that was set is told with how far, forwards and back, and once")
  func seesSteps() {
    #expect(
      events([(0, 0), (3_601, 1), (3_602, 2), (3, 3), (4, 4)])
        == [[], [.stepped(by: .seconds(3_600))], [], [.stepped(by: .seconds(-3_600))], []])
  }

  @Test("A program that stood still is told for how long")
  func seesAbsence() {
    #expect(events([(0, 0), (60, 60), (61, 61)]) == [[], [.wasAway(for: .seconds(60))], []])
  }

  @Test("A clock that was set while the program stood still is told as both")
  func seesBoth() {
    #expect(
      events([(0, 0), (3_660, 60), (3_661, 61)])
        == [[], [.stepped(by: .seconds(3_600)), .wasAway(for: .seconds(60))], []])
  }

  /// Moves whenever it is read as the test says: a program may be stopped between any two of its lines.
  private final class Moments: WallClock {
    private let stops: Mutex<[Int: Double]>
    private let passed = Mutex<(seconds: Double, reads: Int)>((0, 0))

    init(stops: [Int: Double]) { self.stops = Mutex(stops) }

    private func read() -> Double {
      passed.withLock { passed in
        defer {
          passed.seconds += stops.withLock { $0[passed.reads] } ?? 0.001
          passed.reads += 1
        }
        return passed.seconds
      }
    }

    var now: Timestamp { Timestamp(milliseconds: 1_700_000_000_000) + .seconds(read()) }
    var continuous: Duration { .seconds(read()) }
  }

  @Test("A stop between the readings of the two clocks is not a clock that was set")
  func readsBothAtOnce() {
    for stop in 0..<3 {
      let moments = Moments(stops: [stop: 36])
      let reading = ClockReading(wall: moments) { moments.continuous }
      let apart = (reading.wall - Timestamp(milliseconds: 1_700_000_000_000)) - reading.continuous
      #expect(apart < .seconds(1), "stopped after read \(stop)")
    }
  }
}
