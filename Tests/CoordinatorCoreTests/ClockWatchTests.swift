import Model
import Testing

@testable import CoordinatorCore

@Suite struct ClockWatchTests {
  private let start = Timestamp(milliseconds: 1_700_000_000_000)

  /// What each of some looks says; times in seconds since the start.
  private func events(_ looks: [(wall: Double, continuous: Double)]) -> [ClockWatch.Event?] {
    var watch = ClockWatch(patience: .seconds(10))
    return looks.map { watch.look(wall: start + .seconds($0.wall), continuous: .seconds($0.continuous)) }
  }

  @Test("Clocks that go on together say nothing, jitter and slewing neither")
  func isQuiet() {
    #expect(events([(0, 50), (1, 51), (2.4, 52.5), (3.5, 53.4), (13, 63)]) == [nil, nil, nil, nil, nil])
  }

  @Test("A wall clock that was set is told with how far, forwards and back, and once")
  func seesSteps() {
    #expect(
      events([(0, 0), (3_601, 1), (3_602, 2), (3, 3), (4, 4)])
        == [nil, .stepped(by: .seconds(3_600)), nil, .stepped(by: .seconds(-3_600)), nil])
  }

  @Test("A program that stood still is told for how long")
  func seesAbsence() {
    #expect(events([(0, 0), (60, 60), (61, 61)]) == [nil, .wasAway(for: .seconds(60)), nil])
  }
}
