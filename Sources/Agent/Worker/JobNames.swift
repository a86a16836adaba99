internal import Model
internal import Wire

/// The names of the hosts of one job that answered; each is asked for once.
struct JobNames {
  private let questions: any HostNameQuestions
  private var seen: Set<HostAddress> = []
  /// Hosts that are still to be asked for, because too many waited.
  private var later: [HostAddress] = []
  private var openCount = 0
  private var unansweredCount = 0
  private var unusableCount = 0

  init(_ questions: any HostNameQuestions) { self.questions = questions }

  var isBusy: Bool { questions.isBusy || !later.isEmpty }

  /// What is not known of some hosts' names, in words; nil: nothing is amiss.
  var complaint: String? {
    let parts = [
      unansweredCount > 0 ? "of \(Self.hosts(unansweredCount)) no resolver told it in time" : nil,
      unusableCount > 0 ? "of \(Self.hosts(unusableCount)) it is no text that a name may be" : nil,
    ].compactMap(\.self)
    return parts.isEmpty ? nil : "names are not known: " + parts.joined(separator: ", ")
  }

  private static func hosts(_ count: Int) -> String { count == 1 ? "1 host" : "\(count) hosts" }

  /// Asks for the name of a host that answers. What is not there needs no name, and what a firewall says is not the host's word.
  mutating func look(at observation: ProbeObservation) {
    guard observation.state == .open || observation.state == .closed, seen.insert(observation.host).inserted else {
      return
    }
    ask(observation.host)
  }

  /// The same for one that answered an echo.
  mutating func look(at echo: ProbeEcho) {
    if echo.isAnswered, seen.insert(echo.host).inserted { ask(echo.host) }
  }

  private mutating func ask(_ host: HostAddress) {
    if later.isEmpty, questions.ask(host) { openCount += 1 } else { later.append(host) }
  }

  /// The names that have come, dated `now`; with room for others, those are asked for.
  mutating func take(now: Timestamp) -> [NamedHost] {
    var named: [NamedHost] = []
    for (host, answer) in questions.takeAnswers() {
      openCount -= 1
      switch answer {
      case .name(let name) where HostNameText.isName(name):
        named.append(NamedHost(host: host, name: name, observedAt: now))
      case .noName: named.append(NamedHost(host: host, name: nil, observedAt: now))
      case .name: unusableCount += 1
      case .unknown: unansweredCount += 1
      }
    }
    let waiting = later
    later = []
    for host in waiting { ask(host) }
    return named
  }

  /// How many answers there have been.
  var answeredCount: Int { seen.count - later.count - openCount }

  /// Whoever has not answered by now is not waited for.
  mutating func giveUp() {
    unansweredCount += openCount + later.count
    openCount = 0
    later = []
    questions.giveUp()
  }
}
