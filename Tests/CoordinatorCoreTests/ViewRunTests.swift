import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

@Suite struct ViewRunTests {
  private static func time(_ second: Int) -> Timestamp { Timestamp(milliseconds: Int64(second) * 1_000) }

  private static func sighting(_ state: EndpointState, _ second: Int) -> ViewRun {
    ViewRun(
      state: state, reason: .noResponse, first: time(second), last: time(second), agent: AgentID(1), job: nil)
  }

  /// `closed@1-2 open@5-9:opened …`
  private static func text(_ runs: [ViewRun]) -> String {
    runs.map { run in
      let (first, last) = (run.first.milliseconds / 1_000, run.last.milliseconds / 1_000)
      return
        "\(run.state.rawValue)@\(first)\(first == last ? "" : "-\(last)")\(run.change.map { ":\($0.rawValue)" } ?? "")"
    }.joined(separator: " ")
  }

  private static func runs(_ sightings: (EndpointState, Int)...) -> String {
    var runs: [ViewRun] = []
    for (state, second) in sightings { runs.insert(sighting(state, second)) }
    return text(runs)
  }

  @Test("Sightings in their order make runs, and each run says what changed")
  func makesRuns() {
    #expect(Self.runs((.open, 1), (.open, 3)) == "open@1-3:found")
    #expect(Self.runs((.closed, 1), (.open, 2), (.open, 4)) == "closed@1 open@2-4:opened")
    #expect(
      Self.runs((.open, 1), (.closed, 2), (.filtered, 3), (.open, 4))
        == "open@1:found closed@2:closed filtered@3 open@4:reopened")
  }

  @Test("Late sightings find their place, and change what is told of those after them")
  func placesLateOnes() {
    #expect(Self.runs((.open, 5), (.closed, 2)) == "closed@2 open@5:opened")
    #expect(Self.runs((.open, 5), (.closed, 9), (.open, 7)) == "open@5-7:found closed@9:closed")
    #expect(Self.runs((.closed, 2), (.open, 9), (.open, 5)) == "closed@2 open@5-9:opened")
    #expect(
      Self.runs((.open, 1), (.open, 9), (.closed, 5)) == "open@1:found closed@5:closed open@9:reopened",
      "a run that is contradicted is known by its ends")
    #expect(Self.runs((.open, 1), (.open, 1)) == "open@1:found")
    #expect(Self.runs((.open, 3), (.closed, 3)) == "open@3:found")
    #expect(Self.runs((.closed, 3), (.open, 3)) == "open@3:found")
  }

  @Test("In whatever order sightings come, the runs are those of their history", arguments: 0..<60 as Range<UInt64>)
  func isIndependentOfOrder(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let states: [EndpointState] = [.open, .closed, .filtered]
    let history = (0..<10).map { second in (states[Int.random(in: 0..<3, using: &random)], second * 2) }
    var expected: [ViewRun] = []
    for (state, second) in history { expected.insert(Self.sighting(state, second)) }
    for _ in 0..<30 {
      // What is inside a run when that is contradicted is forgotten: orders in which that happens are told elsewhere.
      let order = history.shuffled(using: &random)
      guard !Self.forgets(order) else { continue }
      var runs: [ViewRun] = []
      for (state, second) in order + order.prefix(4) { runs.insert(Self.sighting(state, second)) }
      #expect(Self.text(runs) == Self.text(expected), "seed \(seed): \(order)")
    }
  }

  /// Whether a sighting comes between two of one other state that have a third between them.
  private static func forgets(_ order: [(EndpointState, Int)]) -> Bool {
    var known: [(state: EndpointState, at: Int)] = []
    for (state, second) in order {
      let before = known.filter { $0.at < second }.max { $0.at < $1.at }
      let after = known.filter { $0.at > second }.min { $0.at < $1.at }
      if let before, let after, before.state == after.state, before.state != state { return true }
      known.append((state, second))
    }
    return false
  }

  @Test(
    "With three confirmations, however often and in whatever order looks are repeated, three in a row close and fewer do not"
  )
  func confirms() {
    for seed in 0..<UInt64(300) {
      var random = SeededGenerator(seed: seed)
      let states = (1...10).map { _ in [EndpointState.open, .closed, .filtered].randomElement(using: &random) ?? .open }
      var sightings = states.enumerated().map { Self.sighting($0.element, $0.offset + 1) }
      var expected: [String] = []
      var first: Int?
      var isClosed = false
      var wasOpen = false
      for (index, state) in states.enumerated() {
        if state == .open {
          if !wasOpen { expected.append("\(index == 0 ? "found" : "opened")@\(index + 1)") }
          if isClosed { expected.append("reopened@\(index + 1)") }
          (first, isClosed, wasOpen) = (nil, false, true)
        } else if wasOpen {
          first = first ?? index
          if let first, index - first == 2 {
            expected.append("closed@\(first + 1)")
            isClosed = true
          }
        }
      }
      // One that a late sighting parts within its time keeps its ends alone: here every run's looks come before others.
      sightings += sightings.shuffled(using: &random)
      var runs: [ViewRun] = []
      for sighting in sightings { runs.insert(sighting, closeAfter: 3) }
      let told = runs.compactMap { run in run.change.map { "\($0.rawValue)@\(run.first.milliseconds / 1_000)" } }
      #expect(told.sorted() == expected.sorted(), "seed \(seed): \(states)")
      #expect((runs.held(closeAfter: 3) != nil) == (wasOpen && states.last != .open && !isClosed), "seed \(seed)")
    }
  }
}
