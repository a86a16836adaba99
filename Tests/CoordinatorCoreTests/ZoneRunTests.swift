import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

@Suite struct ZoneRunTests {
  /// What is known of one port.
  private struct Cell: Equatable {
    var state: EndpointState
    var reason: ProbeReason
    var agent: AgentID
    var isSelfView: Bool
    var observedAt: Timestamp

    func isAlike(_ other: Cell) -> Bool {
      state == other.state && reason == other.reason && agent == other.agent && isSelfView == other.isSelfView
    }
  }

  private func cell(_ run: ZoneRun) -> Cell {
    Cell(
      state: run.run.state, reason: run.run.reason, agent: run.agent, isSelfView: run.isSelfView,
      observedAt: run.run.observedAt)
  }

  private func run(_ run: PortStateRun, agent: Int64 = 1, isSelfView: Bool = false) -> ZoneRun {
    ZoneRun(zone: ZoneID(1), agent: AgentID(agent), job: nil, isSelfView: isSelfView, run: run)
  }

  /// The rule of `merging`, port by port: newer wins, of equal ages the first; then equal neighbours share their newest time.
  private func merge(_ incoming: ZoneRun, into cells: inout [Cell?]) {
    let run = incoming.run
    for port in run.ports {
      if let known = cells[Int(port)], known.observedAt >= run.observedAt { continue }
      cells[Int(port)] = cell(incoming)
    }
    var start = 0
    while start < cells.count {
      guard let first = cells[start] else {
        start += 1
        continue
      }
      var end = start
      var newest = first.observedAt
      while end < cells.count, let next = cells[end], next.isAlike(first) {
        newest = max(newest, next.observedAt)
        end += 1
      }
      for index in start..<end { cells[index]?.observedAt = newest }
      start = end
    }
  }

  private func cells(of runs: [ZoneRun], count: Int) -> [Cell?] {
    var cells = [Cell?](repeating: nil, count: count)
    for run in runs {
      for port in run.run.ports { cells[Int(port)] = cell(run) }
    }
    return cells
  }

  @Test("Laying runs over runs is what laying each port over its own would be", arguments: 0..<40 as Range<UInt64>)
  func agreesWithEachPort(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = 40
    var model = [Cell?](repeating: nil, count: count)
    var runs: [ZoneRun] = []
    for _ in 0..<30 {
      let first = UInt16.random(in: 0..<UInt16(count), using: &generator)
      let last = UInt16.random(in: first..<UInt16(count), using: &generator)
      let run = PortStateRun(
        ports: first...last, state: [.closed, .filtered, .unreachable][Int.random(in: 0..<3, using: &generator)],
        reason: Bool.random(using: &generator) ? .noResponse : .connectionRefused,
        observedAt: Timestamp(milliseconds: Int64.random(in: 0..<12, using: &generator)))
      let seen = self.run(
        run, agent: Int64.random(in: 1...2, using: &generator), isSelfView: Bool.random(using: &generator))
      runs = runs.merging(seen)
      merge(seen, into: &model)
      #expect(cells(of: runs, count: count) == model)
      for (left, right) in zip(runs, runs.dropFirst()) {
        #expect(left.run.ports.upperBound < right.run.ports.lowerBound, "runs are sorted and disjoint")
        let areNeighbours = left.run.ports.upperBound + 1 == right.run.ports.lowerBound
        #expect(!areNeighbours || !cell(left).isAlike(cell(right)), "neighbours are joined")
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
    let runs = [ZoneRun]().merging(run(whole)).merging(run(last)).merging(run(first))
    #expect(runs.map(\.run.ports) == [0...0, 1...65_534, 65_535...65_535])
    #expect(runs.merging(run(whole)) == runs, "an older observation changes nothing")
  }
}
