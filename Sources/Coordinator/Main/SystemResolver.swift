internal import CoordinatorServices
internal import LocalSystem
internal import Model
internal import NIOPosix
internal import Synchronization

/// getaddrinfo on threads of its own, which it blocks for as long as the name servers please; whoever asks waits no longer than a
/// deadline.
struct SystemResolver: HostNameResolver {
  private let threads: NIOThreadPool
  /// Names of one call that are asked for at once: one dead name server leaves threads to other calls.
  private static let together = 4
  /// For all names of one call together.
  private static let deadline = Duration.seconds(10)

  /// Threads stay until the program ends.
  init(threads count: Int = 16) {
    threads = NIOThreadPool(numberOfThreads: count)
    threads.start()
  }

  private enum Answer: Sendable {
    case found([IPAddress])
    case failed(String)
  }

  func addresses(
    of names: [String]
  ) async -> (resolved: [String: [IPAddress]], failed: [(name: String, reason: String)]) {
    guard !names.isEmpty else { return ([:], []) }
    let end = ContinuousClock.now + Self.deadline
    var resolved: [String: [IPAddress]] = [:]
    var reasons: [String: String] = [:]
    await withTaskGroup(of: (String, Answer).self) { group in
      var waiting = names[...]
      func begin() {
        guard let name = waiting.popFirst() else { return }
        group.addTask { (name, await answer(for: name, until: end)) }
      }
      for _ in 0..<Self.together { begin() }
      for await (name, answer) in group {
        begin()
        switch answer {
        case .found(let addresses): resolved[name] = addresses
        case .failed(let reason): reasons[name] = reason
        }
      }
    }
    return (resolved, names.compactMap { name in reasons[name].map { (name, $0) } })
  }

  /// Whichever comes first, the answer or the deadline; the thread is free when the answer has come.
  private func answer(for name: String, until end: ContinuousClock.Instant) async -> Answer {
    let late = Answer.failed("no name server answered within \(DurationText.print(Self.deadline))")
    guard ContinuousClock.now < end else { return late }
    let pending = PendingAnswer()
    let timer = Task {
      try await Task.sleep(until: end, clock: .continuous)
      pending.resume(late)
    }
    defer { timer.cancel() }
    return await withCheckedContinuation { continuation in
      pending.wait(continuation)
      threads.submit { state in
        guard case .active = state else { return pending.resume(.failed("the resolver is shutting down")) }
        // Nobody waits any more: the thread is for others.
        guard !pending.isOver else { return }
        let answer = HostNames.resolve([name])
        pending.resume(
          answer.resolved[name].map { .found($0) } ?? .failed(answer.failed.first?.reason ?? "it has no address"))
      }
    }
  }

  /// Resumes whoever waits, once.
  private final class PendingAnswer: Sendable {
    private enum State {
      case idle
      case waiting(CheckedContinuation<Answer, Never>)
      /// The deadline was over before anybody waited.
      case answered(Answer)
      case over
    }

    private let state = Mutex(State.idle)

    var isOver: Bool {
      state.withLock { state in
        switch state {
        case .idle, .waiting: false
        case .answered, .over: true
        }
      }
    }

    func wait(_ continuation: CheckedContinuation<Answer, Never>) {
      let early: Answer? = state.withLock { state in
        if case .answered(let answer) = state { return answer }
        state = .waiting(continuation)
        return nil
      }
      if let early { continuation.resume(returning: early) }
    }

    func resume(_ answer: Answer) {
      let continuation: CheckedContinuation<Answer, Never>? = state.withLock { state in
        switch state {
        case .idle:
          state = .answered(answer)
          return nil
        case .waiting(let continuation):
          state = .over
          return continuation
        case .answered, .over: return nil
        }
      }
      continuation?.resume(returning: answer)
    }
  }
}
