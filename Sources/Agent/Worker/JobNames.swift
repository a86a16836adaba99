internal import Model
internal import Wire

/// The names of the hosts of one job that answered; each is asked for once.
struct JobNames {
  private let questions: any HostNameQuestions
  private var asked: Set<HostAddress> = []
  /// Hosts whose names nobody will know: too many waited, or no name server answered.
  private(set) var unknownCount = 0
  private var openCount = 0

  init(_ questions: any HostNameQuestions) { self.questions = questions }

  var isBusy: Bool { questions.isBusy }

  /// Asks for the name of a host that answers. What is not there needs no name, and what a firewall says is not the host's word.
  mutating func look(at observation: ProbeObservation) {
    guard observation.state == .open || observation.state == .closed, asked.insert(observation.host).inserted else {
      return
    }
    if questions.ask(observation.host) { openCount += 1 } else { unknownCount += 1 }
  }

  /// The names that have come, dated `now`.
  mutating func take(now: Timestamp) -> [NamedHost] {
    questions.takeAnswers().compactMap { host, answer in
      openCount -= 1
      switch answer {
      case .name(let name) where HostNameText.isName(name): return NamedHost(host: host, name: name, observedAt: now)
      case .noName: return NamedHost(host: host, name: nil, observedAt: now)
      case .name, .unknown:
        unknownCount += 1
        return nil
      }
    }
  }

  /// Whoever has not answered by now is not waited for.
  mutating func giveUp() {
    unknownCount += openCount
    openCount = 0
    questions.giveUp()
  }
}
