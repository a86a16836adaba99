internal import CoordinatorCore
internal import Model

/// What a chunk says of a host as a whole.
struct HostLook {
  /// From the first answer to the last; nil: nothing of the host answered.
  private(set) var answers: ClosedRange<Timestamp>?
  /// The part of these that its ports gave, and that its echo gave.
  private(set) var portAnswers: ClosedRange<Timestamp>?
  private(set) var echoAnswers: ClosedRange<Timestamp>?
  /// When its echo was taken to be unanswered, if nobody answered otherwise.
  private(set) var echoSilentAt: Timestamp?
  /// When it was looked at last, if neither it nor anybody else answered.
  private(set) var silentAt: Timestamp?
  /// The agent looked at itself.
  var isSelfView = false
  var job: JobID?

  init(_ observations: HostObservations) {
    // By its index: a sighting is large to take out.
    for index in observations.sightings.indices { answer(at: observations.sightings[index].view.observedAt) }
    if let latest = observations.sightings.last?.view { (isSelfView, job) = (latest.isSelfView, latest.job) }
    var isSilent = answers == nil
    for entry in observations.runs {
      let run = entry.run.run
      if job == nil { (isSelfView, job) = (entry.run.isSelfView, entry.run.job) }
      switch run.state {
      case .open, .closed: answer(at: run.observedAt)
      case .filtered, .unreachable:
        // Whoever forbids it may be the host itself: neither an answer nor silence.
        if run.state.isSilence(because: run.reason) {
          silentAt = max(silentAt ?? run.observedAt, run.observedAt)
        } else {
          isSilent = false
        }
      // UDP is silent where nothing is wrong.
      case .openOrFiltered: break
      case .unchecked:
        if run.state.isSilence(because: run.reason) { silentAt = max(silentAt ?? run.observedAt, run.observedAt) }
      }
    }
    if !isSilent || answers != nil { silentAt = nil }
    portAnswers = answers
    guard let echo = observations.echo else { return }
    if job == nil { job = echo.job }
    echoAnswers = echo.answers
    if let times = echo.answers {
      answer(at: times.lowerBound)
      answer(at: times.upperBound)
      silentAt = nil
    } else if isSilent, answers == nil {
      echoSilentAt = echo.silentAt
    }
  }

  private mutating func answer(at time: Timestamp) {
    answers = min(answers?.lowerBound ?? time, time)...max(answers?.upperBound ?? time, time)
  }
}

extension EndpointState {
  /// Whether nobody answered a probe with this outcome, or the last router before the host said that there is nobody. A router
  /// farther off that knows no way tells of the way.
  func isSilence(because reason: ProbeReason) -> Bool {
    switch (self, reason) {
    case (.filtered, .noResponse), (.unreachable, .noResponse), (.unreachable, .hostUnreachable),
      (.unchecked, .hostSilent):
      true
    default: false
    }
  }
}
