package import Model

/// A look at a host that nothing answered: when the scan began that made it, and when the look ended.
///
/// An answer that came after the scan had begun makes it void: a scan looks at a host in several parts, and one part's silence
/// proves nothing while another is answered.
package struct HostSilence: Hashable, Sendable {
  package var begun: Timestamp
  package var ended: Timestamp

  package init(begun: Timestamp, ended: Timestamp) {
    self.begun = begun
    self.ended = ended
  }
}

/// A time in which a host answered whenever a zone's agents looked at it as a whole, or never did.
package struct HostRun: Hashable, Sendable {
  /// `up` or `gone`.
  package var state: HostState
  /// The first and the last answer; of `gone`, when the look ended first that was not answered, and the one that began last.
  package var first: Timestamp
  package var last: Timestamp
  /// Of `gone`: when the scans of those two looks began.
  package var firstBegun: Timestamp?
  package var lastBegun: Timestamp?
  /// Who saw it: of `up` last, of `gone` first.
  package var agent: AgentID
  package var job: JobID?
  package var change: ChangeKind?
  /// Of `up`: by what the last answer came, if not by a port. Of `gone`: the answers whose absence proves it, if not those of ports.
  package var reason: ProbeReason?

  package init(
    state: HostState, first: Timestamp, last: Timestamp, firstBegun: Timestamp? = nil, lastBegun: Timestamp? = nil,
    agent: AgentID, job: JobID?, change: ChangeKind? = nil, reason: ProbeReason? = nil
  ) {
    self.state = state
    self.first = first
    self.last = last
    self.firstBegun = firstBegun
    self.lastBegun = lastBegun
    self.agent = agent
    self.job = job
    self.change = change
    self.reason = reason
  }

  /// One answer; `reason` where it is no port's.
  package init(answerAt time: Timestamp, agent: AgentID, job: JobID?, reason: ProbeReason? = nil) {
    self.init(state: .up, first: time, last: time, agent: agent, job: job, reason: reason)
  }

  /// One look that was not answered.
  package init(_ silence: HostSilence, agent: AgentID, job: JobID?) {
    self.init(
      state: .gone, first: silence.ended, last: silence.ended, firstBegun: silence.begun, lastBegun: silence.begun,
      agent: agent, job: job)
  }

  private var witness: (Int64, Int64) { (job?.rawValue ?? 0, agent.rawValue) }

  /// The first of its looks alone.
  private var beginning: HostRun {
    var run = self
    (run.last, run.lastBegun) = (first, firstBegun)
    return run
  }

  /// The last of its looks alone.
  private var ending: HostRun {
    var run = self
    (run.first, run.firstBegun) = (last, lastBegun)
    return run
  }

  /// What is left of this silence before and after an answer that came within it: looks that had ended, and looks of scans that
  /// had not begun.
  fileprivate func parted(by answer: Timestamp) -> (before: HostRun?, after: HostRun?) {
    if last < answer { return (self, nil) }
    if let firstBegun, firstBegun > answer { return (nil, self) }
    return (first < answer ? beginning : nil, lastBegun.map { $0 > answer } ?? false ? ending : nil)
  }

  /// This silence and another of one gap as one, whichever came first.
  func merged(with other: HostRun) -> HostRun {
    var run = (other.first, other.firstBegun ?? other.first) < (first, firstBegun ?? first) ? other : self
    if run.first == other.first, run.first == first, other.witness < witness {
      (run.agent, run.job) = (other.agent, other.job)
    }
    let (mine, others) = (lastBegun ?? last, other.lastBegun ?? other.last)
    let latest = others > mine || (others == mine && other.last < last) ? other : self
    (run.last, run.lastBegun) = (latest.last, latest.lastBegun)
    return run
  }

  /// Whether it ended first; of looks that ended at one time, any fixed order.
  func isBefore(_ other: HostRun) -> Bool {
    (first, firstBegun ?? first, witness.0, witness.1)
      < (other.first, other.firstBegun ?? other.first, other.witness.0, other.witness.1)
  }

  /// Later by one answer. Of two at one time the same one stays, whichever came first.
  fileprivate mutating func extend(to answer: HostRun) {
    guard answer.rank > rank else { return }
    (last, agent, job, reason) = (answer.last, answer.agent, answer.job, answer.reason)
  }

  private var rank: (Int64, Int64, Int64, Int) {
    (last.milliseconds, witness.0, witness.1, reason == nil ? 0 : 1)
  }
}

extension [HostRun] {
  /// Puts one answer or one silence into the runs of a view, which are in the order of time, and says anew what changed.
  ///
  /// A silence counts only behind an answer that is known, and before no later one: that a host was gone for a while in the past
  /// is told by what comes in time. What comes late may correct it, and never makes it up.
  package mutating func insert(_ sighting: HostRun) {
    if sighting.state == .gone { insert(silence: sighting) } else { insert(answer: sighting) }
    settle()
  }

  /// Where the last answers were echoes, or the host is gone by the silence of echoes: makes the time since then what those misses
  /// prove that are still known. A silence of ports proves nothing where there was no port's answer.
  package mutating func restateGone(by misses: HostMisses, closeAfter: Int) {
    guard let last, last.state == .gone else { return }
    removeLast()
    if let gone = misses.gone(closeAfter: closeAfter) {
      if isEmpty {
        append(gone)
        self[0].change = last.change
      } else {
        insert(silence: gone)
      }
    }
    settle()
  }

  private mutating func insert(silence: HostRun) {
    guard let up = lastIndex(where: { $0.state == .up }) else {
      // What was before is purged, or not looked at.
      if let gone = last { self[count - 1] = gone.merged(with: silence) }
      return
    }
    guard let begun = silence.firstBegun, self[up].last < begun else { return }
    if up + 1 < count {
      self[up + 1] = self[up + 1].merged(with: silence)
    } else {
      append(silence)
    }
  }

  private mutating func insert(answer: HostRun) {
    let time = answer.first
    guard let index = lastIndex(where: { $0.state == .up && $0.first <= time }) else {
      // Before all that is known.
      if let first = firstIndex(where: { $0.state == .up }), first == startIndex {
        self[first].first = time
      } else if let gone = first {
        let rest = gone.parted(by: time)
        let next: HostRun? = count > 1 ? self[1] : nil
        replace(0..<Swift.min(2, count), by: [rest.before, answer, rest.after, next])
      } else {
        append(answer)
      }
      return
    }
    if time <= self[index].last {
      self[index].extend(to: answer)
      return
    }
    guard index + 1 < count else {
      self[index].extend(to: answer)
      return
    }
    let rest = self[index + 1].parted(by: time)
    let next: HostRun? = index + 2 < count ? self[index + 2] : nil
    replace(index..<Swift.min(index + 3, count), by: [self[index], rest.before, answer, rest.after, next])
  }

  /// Neighbours that are both up become one.
  private mutating func replace(_ range: Range<Int>, by parts: [HostRun?]) {
    var runs: [HostRun] = []
    for part in parts.compactMap(\.self) {
      if let last = runs.last, last.state == .up, part.state == .up {
        runs[runs.count - 1].extend(to: part)
      } else {
        runs.append(part)
      }
    }
    replaceSubrange(range, with: runs)
  }

  /// What changed with each run, from those before it.
  package mutating func settle() {
    for index in indices {
      // What was before the first may have been purged: then it says itself what changed with it.
      if index == startIndex, self[index].change != nil, self[index].change != .hostFound { continue }
      self[index].change =
        self[index].state == .gone ? .hostGone : index == startIndex ? .hostFound : .hostBack
    }
  }
}
