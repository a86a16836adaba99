import CoordinatorCore
import CoordinatorServices
import Model

/// What the coordinator answered, kept apart from it: says when two answers cannot both be right.
struct Ledger {
  struct Lease: Hashable {
    let job: JobID
    let epoch: Int64
  }

  private struct Work {
    let grant: LeaseService.Grant
    let agent: AgentID
    let slot: LeaseSlot
    var expiresAt: Timestamp

    var scan: ScanID { grant.scan }
    var rectangles: [WorkRectangle] { grant.blocks.map(\.rectangle) }
  }

  private(set) var violations: [String] = []
  private var bounds: [KeptBound] = []
  private var newest: [JobID: Int64] = [:]
  private var ended: Set<Lease> = []
  private var held: [Lease: Work] = [:]
  private var counted: [ScanID: [WorkRectangle]] = [:]
  private var accepted: Set<String> = []
  private var grants: [JobID: Int] = [:]

  /// From now on no more may run at once than the bound allows.
  mutating func expect(_ bound: KeptBound) { bounds.append(bound) }

  mutating func violate(_ text: String) { violations.append(text) }

  /// Endpoints of a scan that were counted.
  func counted(of scan: ScanID) -> UInt128 { (counted[scan] ?? []).endpointCount }

  mutating func granted(
    _ grant: LeaseService.Grant, to agent: AgentID, slot: LeaseSlot, at now: Timestamp, attemptLimit: Int
  ) {
    let lease = Lease(job: grant.job, epoch: grant.epoch)
    let rectangles = grant.blocks.map(\.rectangle)
    if let before = newest[grant.job], before >= grant.epoch { violate("\(grant.job) was granted with an old epoch") }
    if let before = newest[grant.job], let other = held[Lease(job: grant.job, epoch: before)],
      other.agent != agent, other.expiresAt >= now
    {
      violate("\(grant.job) was granted while \(other.agent) may work on it")
    }
    if grant.attempt > attemptLimit { violate("\(grant.job) was tried \(grant.attempt) times") }
    newest[grant.job] = grant.epoch
    held[Lease(job: grant.job, epoch: grant.epoch - 1)] = nil
    for (other, work) in held
    where work.scan == grant.scan && work.expiresAt >= now
      && rectangles.contains(where: { part in
        work.rectangles.contains { $0.intersection(part) != nil }
      })
    {
      violate("\(grant.job) and \(other.job) hold the same endpoints")
    }
    if rectangles.contains(where: { part in (counted[grant.scan] ?? []).contains { $0.intersection(part) != nil } }) {
      violate("\(grant.job) holds endpoints that were counted before")
    }
    held[lease] = Work(grant: grant, agent: agent, slot: slot, expiresAt: now + grant.duration)
    let running = held.values.filter { $0.expiresAt >= now }.map(\.grant)
    for violation in bounds.compactMap({ $0.violation(by: running) }) { violate(violation) }
    grants[grant.job, default: 0] += 1
  }

  /// A renewal was answered.
  mutating func renewed(_ grant: LeaseService.Grant, at now: Timestamp, lasting: Duration) {
    let lease = Lease(job: grant.job, epoch: grant.epoch)
    // Its agent has not heard that its last word arrived, and is only told to say it again.
    guard !ended.contains(lease) else { return }
    if newest[grant.job] != grant.epoch { violate("a lease of \(grant.job) was renewed that another has followed") }
    held[lease]?.expiresAt = now + lasting
  }

  /// A chunk was taken; `isCounted` as it was answered.
  mutating func took(_ chunk: ResultService.Chunk, under grant: LeaseService.Grant, isCounted: Bool) {
    guard isCounted else { return }
    let key = "\(grant.job) \(grant.epoch) \(chunk.number)"
    guard accepted.insert(key).inserted else { return }
    if newest[grant.job] != grant.epoch { violate("a chunk of \(key) was counted under a lost lease") }
    if ended.contains(Lease(job: grant.job, epoch: grant.epoch)) { violate("a chunk of \(key) came after its finish") }
    let before = counted[grant.scan] ?? []
    if chunk.completed.contains(where: { part in before.contains { $0.intersection(part) != nil } }) {
      violate("endpoints of \(key) were counted twice")
    }
    counted[grant.scan, default: []] += chunk.completed
  }

  mutating func finished(_ grant: LeaseService.Grant) {
    let lease = Lease(job: grant.job, epoch: grant.epoch)
    // The same finish again succeeds and changes nothing.
    guard ended.insert(lease).inserted else { return }
    if newest[grant.job] != grant.epoch { violate("a lost lease of \(grant.job) was finished") }
    held[lease] = nil
  }

  /// Leases that had run out were ended.
  mutating func swept(at now: Timestamp) { held = held.filter { $0.value.expiresAt >= now } }

  /// An agent that asks for work has no job in that slot, whatever it held before.
  mutating func asked(_ agent: AgentID, for slot: LeaseSlot) {
    held = held.filter { $0.value.agent != agent || $0.value.slot != slot }
  }

  /// A restarted coordinator gives every running lease one more length.
  mutating func extended(until time: Timestamp) {
    held = held.mapValues { work in
      var work = work
      work.expiresAt = max(work.expiresAt, time)
      return work
    }
  }
}
