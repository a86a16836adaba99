import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

/// Answers and silences of one host in every order.
@Suite struct HostRunTests {
  private static let start: Int64 = 1_000

  private func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: Self.start + seconds) }

  private func answer(_ at: Int64) -> HostRun { HostRun(answerAt: time(at), agent: AgentID(1), job: nil) }

  private func silence(_ begun: Int64, _ ended: Int64) -> HostRun {
    HostRun(HostSilence(begun: time(begun), ended: time(ended)), agent: AgentID(1), job: nil)
  }

  private func runs(_ sightings: [HostRun]) -> [HostRun] {
    var runs: [HostRun] = []
    for sighting in sightings { runs.insert(sighting) }
    return runs
  }

  private func told(_ sightings: [HostRun]) -> [String] {
    runs(sightings).map { "\($0.change?.rawValue ?? "-") \($0.first.milliseconds - Self.start)" }
  }

  @Test("Gone is told with the first look that a later scan made in vain, and back with the next answer")
  func tells() {
    #expect(
      told([answer(1), silence(2, 3), silence(4, 5), answer(6)]) == ["host-found 1", "host-gone 3", "host-back 6"])
    #expect(told([silence(2, 3), answer(6)]) == ["host-found 6"])
    #expect(told([answer(1), silence(1, 3)]) == ["host-found 1"])
  }

  @Test("An answer that comes late makes void what had begun before it, and keeps what it does not touch")
  func correctsItself() {
    #expect(told([answer(1), silence(2, 9), answer(5)]) == ["host-found 1"])
    #expect(
      told([answer(1), silence(2, 3), silence(6, 9), answer(5)]) == [
        "host-found 1", "host-gone 3", "host-back 5", "host-gone 9",
      ])
    #expect(told([answer(1), silence(2, 7), silence(6, 9), answer(5)]) == ["host-found 1", "host-gone 9"])
    #expect(told([answer(1), silence(2, 7), answer(10), answer(5)]) == ["host-found 1"])
    #expect(told([answer(4), silence(5, 6), answer(1)]) == ["host-found 1", "host-gone 6"])
  }

  /// What happened, from all that was seen: a host is gone from the end of the first look that a scan made in vain, if that began
  /// after the last answer, until the next.
  private func happened(_ answers: [Int64], _ silences: [(begun: Int64, ended: Int64)]) -> [String] {
    var told: [String] = []
    let answers = Set(answers).sorted()
    var wasGone = false
    for (index, answer) in answers.enumerated() {
      if index == 0 { told.append("host-found \(answer)") } else if wasGone { told.append("host-back \(answer)") }
      let next = index + 1 < answers.count ? answers[index + 1] : .max
      let gone = silences.filter { $0.begun > answer && $0.ended < next }.map(\.ended).min()
      wasGone = gone != nil
      if let gone { told.append("host-gone \(gone)") }
    }
    return told
  }

  @Test("In whatever order they come, as long as no silence comes behind a later answer, what happened is told")
  func commutes() {
    for seed in 0..<UInt64(500) {
      var random = SeededGenerator(seed: seed)
      let silences = (0..<Int.random(in: 1...2, using: &random)).map { _ in
        let begun = Int64.random(in: 2...20, using: &random)
        return (begun: begun, ended: begun + Int64.random(in: 1...6, using: &random))
      }
      let answers = (0..<Int.random(in: 1...4, using: &random)).map { _ in Int64.random(in: 1...28, using: &random) }
      let expected = happened([0] + answers, silences)
      for _ in 0..<4 {
        let order =
          silences.shuffled(using: &random).map { silence($0.begun, $0.ended) }
          + answers.shuffled(using: &random).map(answer)
        #expect(told([answer(0)] + order) == expected, "seed \(seed)")
        #expect(told([answer(0)] + order + order) == expected, "seed \(seed)")
      }
    }
  }
}
