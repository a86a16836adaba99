import Model
import Synchronization
import Worker

/// Name servers that know what the test says; what they say nothing of stays open for ever.
final class FakeNaming: HostNaming {
  private let answer: @Sendable (IPAddress) -> HostNameAnswer?
  private let begun = Mutex<[FakeQuestions]>([])
  private let lateBy: Int
  private let room: Int

  /// `lateBy` is how often they are asked whether they are busy until their answers have come.
  /// `room` is how many may wait.
  init(
    lateBy: Int = 0, room: Int = .max, _ answer: @escaping @Sendable (IPAddress) -> HostNameAnswer? = { _ in .noName }
  ) {
    self.lateBy = lateBy
    self.room = room
    self.answer = answer
  }

  var questions: [FakeQuestions] { begun.withLock { $0 } }

  func begin() -> any HostNameQuestions {
    let questions = FakeQuestions(answer, lateBy: lateBy, room: room)
    begun.withLock { $0.append(questions) }
    return questions
  }
}

final class FakeQuestions: HostNameQuestions {
  private struct State {
    var asked: [HostAddress] = []
    var answers: [(host: HostAddress, answer: HostNameAnswer)] = []
    var open = 0
    var isGivenUp = false
    var lateBy: Int
  }

  private let state: Mutex<State>
  private let room: Int
  private let answer: @Sendable (IPAddress) -> HostNameAnswer?

  init(_ answer: @escaping @Sendable (IPAddress) -> HostNameAnswer?, lateBy: Int, room: Int) {
    self.room = room
    self.answer = answer
    state = Mutex(State(lateBy: lateBy))
  }

  var asked: [HostAddress] { state.withLock(\.asked) }
  var isGivenUp: Bool { state.withLock(\.isGivenUp) }

  func ask(_ host: HostAddress) -> Bool {
    state.withLock { state in
      guard state.answers.count + state.open < room else { return false }
      state.asked.append(host)
      if let answer = answer(host.address) { state.answers.append((host, answer)) } else { state.open += 1 }
      return true
    }
  }

  func takeAnswers() -> [(host: HostAddress, answer: HostNameAnswer)] {
    state.withLock { state in
      guard state.lateBy <= 0 else { return [] }
      defer { state.answers = [] }
      return state.answers
    }
  }

  var isBusy: Bool {
    state.withLock { state in
      state.lateBy -= 1
      return state.open > 0 || !state.answers.isEmpty
    }
  }
  func giveUp() { state.withLock { $0.isGivenUp = true } }
}
