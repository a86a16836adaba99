import Model
import Testing

@testable import CoordinatorCore

@Suite struct PortStateRunTests {
  /// What is known of one port.
  private struct Cell: Equatable {
    var state: EndpointState
    var reason: ProbeReason
    var observedAt: Timestamp
  }

  /// The rule of `merging`, port by port: newer wins, of equal ages the first; then equal neighbours share their newest time.
  private func merge(_ run: PortStateRun, into cells: inout [Cell?]) {
    for port in run.ports {
      if let known = cells[Int(port)], known.observedAt >= run.observedAt { continue }
      cells[Int(port)] = Cell(state: run.state, reason: run.reason, observedAt: run.observedAt)
    }
    var start = 0
    while start < cells.count {
      guard let first = cells[start] else {
        start += 1
        continue
      }
      var end = start
      var newest = first.observedAt
      while end < cells.count, let next = cells[end], next.state == first.state, next.reason == first.reason {
        newest = max(newest, next.observedAt)
        end += 1
      }
      for index in start..<end { cells[index]?.observedAt = newest }
      start = end
    }
  }

  private func cells(of runs: [PortStateRun], count: Int) -> [Cell?] {
    var cells = [Cell?](repeating: nil, count: count)
    for run in runs {
      for port in run.ports {
        cells[Int(port)] = Cell(state: run.state, reason: run.reason, observedAt: run.observedAt)
      }
    }
    return cells
  }

  @Test("Laying runs over runs is what laying each port over its own would be", arguments: 0..<40 as Range<UInt64>)
  func agreesWithEachPort(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = 40
    var model = [Cell?](repeating: nil, count: count)
    var runs: [PortStateRun] = []
    for _ in 0..<30 {
      let first = UInt16.random(in: 0..<UInt16(count), using: &generator)
      let last = UInt16.random(in: first..<UInt16(count), using: &generator)
      let run = PortStateRun(
        ports: first...last, state: [.closed, .filtered, .unreachable][Int.random(in: 0..<3, using: &generator)],
        reason: Bool.random(using: &generator) ? .noResponse : .connectionRefused,
        observedAt: Timestamp(milliseconds: Int64.random(in: 0..<12, using: &generator)))
      runs = runs.merging(run)
      merge(run, into: &model)
      #expect(cells(of: runs, count: count) == model)
      for (left, right) in zip(runs, runs.dropFirst()) {
        #expect(left.ports.upperBound < right.ports.lowerBound, "runs are sorted and disjoint")
        let areNeighbours = left.ports.upperBound + 1 == right.ports.lowerBound
        #expect(!areNeighbours || left.state != right.state || left.reason != right.reason, "neighbours are joined")
      }
    }
  }

  @Test("The ends of the port numbers neither overflow nor wrap")
  func takesEnds() {
    let whole = PortStateRun(
      ports: 0...65_535, state: .closed, reason: .connectionRefused, observedAt: Timestamp(milliseconds: 1))
    let last = PortStateRun(
      ports: 65_535...65_535, state: .filtered, reason: .noResponse, observedAt: Timestamp(milliseconds: 2))
    let first = PortStateRun(
      ports: 0...0, state: .filtered, reason: .noResponse, observedAt: Timestamp(milliseconds: 2))
    let runs = [PortStateRun]().merging(whole).merging(last).merging(first)
    #expect(runs.map(\.ports) == [0...0, 1...65_534, 65_535...65_535])
    #expect(runs.merging(whole) == runs, "an older observation changes nothing")
  }
}
