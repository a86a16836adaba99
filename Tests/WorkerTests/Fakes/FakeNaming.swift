import Model
import Synchronization
import Worker

/// Name servers that know what the test says; what they say nothing of stays open for ever.
final class FakeNaming: HostNaming {
  private let answer: @Sendable (IPAddress) -> HostNameAnswer?
  private let begun = Mutex<[FakeQuestions]>([])

  init(_ answer: @escaping @Sendable (IPAddress) -> HostNameAnswer? = { _ in .noName }) { self.answer = answer }

  var questions: [FakeQuestions] { begun.withLock { $0 } }

  func begin() -> any HostNameQuestions {
    let questions = FakeQuestions(answer)
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
  }

  private let state = Mutex(State())
  private let answer: @Sendable (IPAddress) -> HostNameAnswer?

  init(_ answer: @escaping @Sendable (IPAddress) -> HostNameAnswer?) { self.answer = answer }

  var asked: [HostAddress] { state.withLock(\.asked) }
  var isGivenUp: Bool { state.withLock(\.isGivenUp) }

  func ask(_ host: HostAddress) -> Bool {
    state.withLock { state in
      state.asked.append(host)
      if let answer = answer(host.address) { state.answers.append((host, answer)) } else { state.open += 1 }
    }
    return true
  }

  func takeAnswers() -> [(host: HostAddress, answer: HostNameAnswer)] {
    state.withLock { state in
      defer { state.answers = [] }
      return state.answers
    }
  }

  var isBusy: Bool { state.withLock { $0.open > 0 || !$0.answers.isEmpty } }
  func giveUp() { state.withLock { $0.isGivenUp = true } }
}
