import CoordinatorCore
import CoordinatorServices
import CoordinatorStore
import Model
import SeededRandom

/// One life of a small fleet under faults, drawn from a seed: messages that are lost, late, repeated and out of order; agents
/// that die, or sleep past their lease and go on; a coordinator that is killed between any two statements; operators who
/// pause, halt and drain. Then everything heals, and what should be whole must be.
struct Simulation {
  /// A message under way that arrives when it likes.
  private enum Message {
    case renew(agent: Int, SimulatedAgent.Job)
    case chunk(agent: Int, SimulatedAgent.Job, ResultService.Chunk)
    case finish(agent: Int, SimulatedAgent.Job, LeaseFinish)
  }

  private let coordinator: SimulatedCoordinator
  /// In some fleets agents die of most jobs.
  private let isPlagued: Bool
  private var random: SeededGenerator
  private var agents: [SimulatedAgent] = []
  private var scans: [ScanID] = []
  private var cancelled: Set<ScanID> = []
  private var underWay: [Message] = []
  private(set) var ledger = Ledger()

  init(seed: UInt64, path: String) throws {
    random = SeededGenerator(seed: seed)
    isPlagued = Int.random(in: 0..<4, using: &random) == 0
    coordinator = try SimulatedCoordinator(path: path, clock: TestClock(), seed: random.next())
  }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  /// Plays `steps` faulty steps, heals, and checks; what cannot be right stands in the ledger.
  mutating func run(steps: Int) async throws {
    try await settle()
    for _ in 0..<steps { try await step() }
    try await heal()
    try await check()
    try await coordinator.close()
  }

  private mutating func settle() async throws {
    for number in 0..<Int.random(in: 1...4, using: &random) {
      let token = try await coordinator.access.issue(
        .join(
          site: "default", zone: chance(30) ? "dmz" : "default", createZone: true, duties: [.scan], tags: [], uses: 1),
        expiresIn: nil, note: nil)
      let agent = try await coordinator.fleet.enrol(
        .init(name: "a\(number)", installation: "i", version: "1", hostName: "h", operatingSystem: "Linux"),
        joinToken: token.secret
      ).agent
      agents.append(SimulatedAgent(record: agent))
    }
    if chance(50) { try await limit() }
    try await submit()
  }

  /// A rule that bounds the lower half of the first scan's network, or more.
  private mutating func limit() async throws {
    let network = chance(50) ? "10.0.0.0/29" : "10.0.0.0/23"
    let jobs = chance(70) ? Int.random(in: 1...2, using: &random) : nil
    let rate = chance(50) || jobs == nil ? Int.random(in: 5...40, using: &random) : nil
    _ = try await coordinator.access.addScopeRule(
      .limit, networks: [network], name: "printers", note: "slow", site: nil, ports: nil, probesPerSecond: rate,
      maximumJobs: jobs, until: nil)
    let limited = try TargetList.parse([network]).addresses(resolved: [:])
    ledger.expect(
      KeptBound(name: "the limit", jobs: jobs, probesPerSecond: rate) { grant in
        grant.blocks.contains { !AddressSet($0.hosts).intersection(limited).isEmpty }
      })
  }

  private mutating func submit() async throws {
    let number = scans.count
    guard number < 4 else { return }
    let prefix = Int.random(in: 27...31, using: &random)
    var submission = ScanService.Submission(targets: ["10.0.\(number).0/\(prefix)"])
    submission.ports = "1-\(Int.random(in: 1...4, using: &random))"
    submission.priority = Int.random(in: -20...20, using: &random)
    if chance(20) { submission.maximumJobs = 1 }
    if chance(20) { submission.rate = 50 }
    let asked = submission
    // One that was stored before its answer was lost is found by its id: ids are given in order.
    _ = try await answer { try await $0.scans.submit(asked, by: .local) }
    coordinator.sabotage.lift()
    let newest = try await coordinator.context.store.read { try $0.scans(before: nil, limit: 1) }.first
    guard let newest, scans.last != newest.id else { return }
    scans.append(newest.id)
    ledger.expect(
      KeptBound(name: newest.id.description, jobs: asked.maximumJobs, probesPerSecond: asked.rate) { [id = newest.id] in
        $0.scan == id
      })
  }

  private mutating func step() async throws {
    let agent = Int.random(in: agents.indices, using: &random)
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<18: try await ask(agent, isFaulty: true)
    case 18..<42: try await report(agent, isFaulty: true)
    case 42..<54: try await renew(agent, isFaulty: true)
    case 54..<66: try await finish(agent, isFaulty: true)
    case 66..<74: try await deliver()
    // A clock that creeps renews in time; one that leaps has slept.
    case 74..<84: coordinator.clock.advance(by: .seconds(chance(70) ? 4 : 40))
    case 84..<90: try await sweep()
    case 90..<92: agents[agent].jobs = []
    case 92..<94: try await restart()
    case 94..<96: try await operate()
    case 96: try await submit()
    case 98: try await forge()
    case 97: coordinator.sabotage.arm(after: Int.random(in: 0..<40, using: &random))
    default: try await sweep()
    }
  }

  /// Does something at the coordinator; one that was killed in the middle of it is started anew. Nil: no answer came.
  private mutating func answer<Answer>(
    _ body: (SimulatedCoordinator) async throws -> Answer
  ) async throws -> Result<Answer, Refusal>? {
    do {
      return .success(try await body(coordinator))
    } catch let refusal as Refusal {
      return .failure(refusal)
    } catch {
      // Whatever else fails has been killed: the store undoes what was under way.
      try await restart()
      return nil
    }
  }

  private mutating func restart() async throws {
    try await coordinator.restart()
    ledger.extended(until: coordinator.clock.now + SimulatedCoordinator.settings.leaseDuration)
  }

  private mutating func sweep() async throws {
    let outcome = try await answer { try await LeaseReaper(context: $0.context).sweep() }
    if case .success? = outcome { ledger.swept(at: coordinator.clock.now) }
  }

  private mutating func ask(_ number: Int, isFaulty: Bool) async throws {
    let slot: LeaseSlot = isFaulty && chance(30) ? .express : .bulk
    // Only an agent that died has forgotten a job and asks for another.
    guard !agents[number].jobs.contains(where: { $0.slot == slot }) else { return }
    let agent = agents[number].record
    let outcome = try await answer {
      try await $0.leases.grant(to: agent, slot: slot, probesPerSecond: nil, waiting: .zero)
    }
    guard case .success(let answer)? = outcome else { return }
    ledger.asked(agent.id, for: slot)
    coordinator.sabotage.lift()
    let running = try await coordinator.context.store.read { try $0.runningLeases(of: agent.id) }
    if running.count(where: { $0.slot == slot }) > 1 {
      ledger.violate("\(agent.id) holds \(running.count) leases after it asked for one")
    }
    guard let found = answer else { return }
    ledger.granted(
      found, to: agent.id, slot: slot, at: coordinator.clock.now,
      attemptLimit: SimulatedCoordinator.settings.attemptLimit)
    if isFaulty && chance(12) { return }
    agents[number].jobs.append(SimulatedAgent.Job(found, slot: slot))
  }

  private mutating func job(of number: Int) -> Int? {
    agents[number].jobs.isEmpty ? nil : Int.random(in: agents[number].jobs.indices, using: &random)
  }

  private mutating func report(_ number: Int, isFaulty: Bool) async throws {
    guard let index = job(of: number) else { return }
    var job = agents[number].jobs[index]
    guard job.lastWord == nil else { return }
    if isFaulty, isPlagued, chance(60) {
      agents[number].jobs.remove(at: index)
      return
    }
    if job.unanswered == nil, !job.isStopping {
      job.unanswered = SimulatedAgent.chunk(of: &job, number: job.chunks, at: coordinator.clock.now, &random)
    }
    agents[number].jobs[index] = job
    guard let chunk = job.unanswered else { return }
    if isFaulty && chance(12) { return }
    if isFaulty && chance(12) { underWay.append(.chunk(agent: number, job, chunk)) }
    let isHeard = !(isFaulty && chance(12))
    let outcome = try await send(chunk, job, from: number)
    guard isHeard, let outcome else { return }
    switch outcome {
    case .success(true):
      agents[number].jobs[index].unanswered = nil
      agents[number].jobs[index].chunks += 1
    case .success(false): agents[number].jobs.remove(at: index)
    case .failure(let refusal):
      if refusal.code == .leaseLost {
        agents[number].jobs.remove(at: index)
      } else {
        ledger.violate("a chunk was refused: \(refusal)")
      }
    }
  }

  private mutating func send(
    _ chunk: ResultService.Chunk, _ job: SimulatedAgent.Job, from number: Int
  ) async throws -> Result<Bool, Refusal>? {
    let agent = agents[number].record
    let outcome = try await answer { try await $0.results.accept(chunk, under: job.claim, from: agent) }
    if case .success(let isCounted)? = outcome { ledger.took(chunk, under: job.grant, isCounted: isCounted) }
    return outcome
  }

  private mutating func renew(_ number: Int, isFaulty: Bool) async throws {
    guard let index = job(of: number) else { return }
    let job = agents[number].jobs[index]
    if isFaulty && chance(12) { return }
    if isFaulty && chance(12) { underWay.append(.renew(agent: number, job)) }
    let isHeard = !(isFaulty && chance(12))
    let outcome = try await sendRenewal(job, from: number)
    guard isHeard, let outcome else { return }
    switch outcome {
    case .success(.stop): agents[number].jobs[index].isStopping = true
    case .success(.proceed): break
    case .failure: agents[number].jobs.remove(at: index)
    }
  }

  private mutating func sendRenewal(
    _ job: SimulatedAgent.Job, from number: Int
  ) async throws -> Result<LeaseService.Order, Refusal>? {
    let agent = agents[number].record
    let outcome = try await answer { try await $0.leases.renew(job.claim, by: agent, waiting: .zero) }
    if case .success(let (_, lasting))? = outcome {
      ledger.renewed(job.grant, at: coordinator.clock.now, lasting: lasting)
    }
    return outcome.map { $0.map(\.order) }
  }

  private mutating func finish(_ number: Int, isFaulty: Bool) async throws {
    guard let index = job(of: number) else { return }
    var job = agents[number].jobs[index]
    let isWhole = job.left.isEmpty && job.unanswered == nil
    // In mid-job an agent gives back when it was told to stop, or now and then by itself; a chunk goes before.
    guard job.lastWord != nil || ((isWhole || job.isStopping || (isFaulty && chance(15))) && job.unanswered == nil)
    else { return }
    let outcome: LeaseFinish.Outcome = isWhole ? .done : chance(50) ? .failed : .returned
    let finish = job.lastWord ?? LeaseFinish(outcome: outcome, chunkCount: job.chunks, reason: nil)
    job.lastWord = finish
    agents[number].jobs[index] = job
    if isFaulty && chance(12) { return }
    if isFaulty && chance(12) { underWay.append(.finish(agent: number, job, finish)) }
    let isHeard = !(isFaulty && chance(12))
    let answered = try await send(finish, job, from: number)
    guard isHeard, let answered else { return }
    if case .failure(let refusal) = answered, refusal.code == .conflict {
      ledger.violate("a finish was refused: \(refusal)")
    }
    agents[number].jobs.remove(at: index)
  }

  private mutating func send(
    _ finish: LeaseFinish, _ job: SimulatedAgent.Job, from number: Int
  ) async throws -> Result<Void, Refusal>? {
    let agent = agents[number].record
    let outcome = try await answer { try await $0.leases.finish(job.claim, by: agent, with: finish) }
    if case .success? = outcome { ledger.finished(job.grant) }
    return outcome
  }

  /// A message that was under way arrives, perhaps long after it was sent, perhaps a second time.
  private mutating func deliver() async throws {
    guard !underWay.isEmpty else { return }
    let index = Int.random(in: underWay.indices, using: &random)
    let message = chance(70) ? underWay.remove(at: index) : underWay[index]
    switch message {
    case .renew(let agent, let job): _ = try await sendRenewal(job, from: agent)
    case .chunk(let agent, let job, let chunk): _ = try await send(chunk, job, from: agent)
    case .finish(let agent, let job, let finish): _ = try await send(finish, job, from: agent)
    }
  }

  /// Somebody claims a job that is not theirs: another agent that saw its numbers, or one that guesses the token.
  private mutating func forge() async throws {
    guard let owner = agents.indices.filter({ !agents[$0].jobs.isEmpty }).randomElement(using: &random) else { return }
    let grant = agents[owner].jobs[0].grant
    let isGuess = chance(50)
    let thief = isGuess ? owner : Int.random(in: agents.indices, using: &random)
    guard isGuess || thief != owner else { return }
    let claim = LeaseService.Claim(
      job: grant.job, generation: grant.generation, epoch: grant.epoch,
      token: isGuess ? "ppl_guessed" : grant.token)
    let agent = agents[thief].record
    let renewal = try await answer { _ = try await $0.leases.renew(claim, by: agent, waiting: .zero) }
    let finish = try await answer {
      try await $0.leases.finish(
        claim, by: agent, with: LeaseFinish(outcome: .returned, chunkCount: 0, reason: "forged"))
    }
    for outcome in [renewal, finish] {
      if case .success? = outcome { ledger.violate("a forged claim on \(grant.job) was believed") }
    }
  }

  private mutating func operate() async throws {
    guard let scan = scans.randomElement(using: &random), let agent = agents.randomElement(using: &random) else {
      return
    }
    let isOn = chance(50)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: _ = try await answer { isOn ? try await $0.scans.pause(scan) : try await $0.scans.resume(scan) }
    case 1:
      _ = try await answer {
        if isOn {
          try await $0.halts.halt(site: nil, zone: "default", note: "a storm", by: .local)
        } else {
          _ = try await $0.halts.unhalt(site: nil, zone: nil, by: .local)
        }
      }
    case 2: _ = try await answer { try await $0.fleet.setDrained(agent.record.id, isOn) }
    default:
      guard chance(20) else { return }
      _ = try await answer { try await $0.scans.cancel(scan) }
      cancelled.insert(scan)
    }
  }

  /// Faults end, orders are lifted, and the agents work until nothing is left to do.
  private mutating func heal() async throws {
    coordinator.sabotage.lift()
    _ = try await coordinator.halts.unhalt(site: nil, zone: nil, by: .local)
    for agent in agents { try await coordinator.fleet.setDrained(agent.record.id, false) }
    for scan in scans { _ = try await answer { try await $0.scans.resume(scan) } }
    for round in 0..<2_000 {
      for number in agents.indices {
        try await ask(number, isFaulty: false)
        for _ in 0..<agents[number].jobs.count {
          try await report(number, isFaulty: false)
          try await finish(number, isFaulty: false)
        }
      }
      if round % 10 == 9 {
        coordinator.clock.advance(by: SimulatedCoordinator.settings.leaseDuration)
        try await sweep()
      }
      var isOver = agents.allSatisfy(\.jobs.isEmpty)
      for scan in scans where isOver { isOver = try await coordinator.scans.scan(scan).state.record.state.isOver }
      if isOver { return }
    }
    ledger.violate("work is left that nobody gets done")
  }

  private mutating func check() async throws {
    // A lease whose grant nobody heard runs until it runs out.
    coordinator.clock.advance(by: SimulatedCoordinator.settings.leaseDuration + .seconds(1))
    try await sweep()
    for scan in scans {
      let status = try await coordinator.scans.scan(scan).state
      let size = status.record.request.hostCount * UInt128(status.record.request.portCount)
      let coverage = status.lanes.reduce(LaneCoverage()) { $0 + $1.record.coverage }
      if coverage.total != ledger.counted(of: scan) {
        ledger.violate("\(scan) counts \(coverage.total) endpoints, its chunks \(ledger.counted(of: scan))")
      }
      switch status.record.state {
      case .done where coverage.total != size: ledger.violate("\(scan) is done with \(coverage.total) of \(size)")
      case .incomplete where status.lanes.allSatisfy(\.benched.isEmpty):
        ledger.violate("\(scan) is incomplete for no reason")
      case .cancelled where !cancelled.contains(scan): ledger.violate("nobody cancelled \(scan)")
      case .queued, .running, .paused: ledger.violate("\(scan) is \(status.record.state.rawValue)")
      default: break
      }
      try await checkChart(of: status.record)
    }
    let uses = try await coordinator.context.store.read { [scans] session in
      try session.use(of: scans.map(WorkShare.scan) + [.submitter("local"), .zone(ZoneID(1)), .zone(ZoneID(2))])
    }
    if !uses.isEmpty { ledger.violate("bounds are still used: \(uses)") }
  }

  /// The chart shows every endpoint of a finished scan as it is, and none that is not.
  private mutating func checkChart(of scan: ScanRecord) async throws {
    let query = try coordinator.chart.query("state:open net:\(scan.request.space)")
    let shown = try await coordinator.chart.ports(query, after: nil, limit: 1_000).rows.map {
      "\($0.host.address):\($0.port)"
    }
    let space = try TargetSpace(TargetList.parse([scan.request.space]).addresses(resolved: [:]))
    let expected = (0..<space.count).flatMap { index in
      (1...UInt16(scan.request.portCount)).compactMap { number -> String? in
        let host = space.host(at: index)
        return Truth.isOpen(host, ProtocolPort(.tcp, Port(number))) ? "\(host.address):\(number)" : nil
      }
    }
    let known = Set(expected)
    if let wrong = shown.first(where: { !known.contains($0) }) { ledger.violate("\(wrong) is shown as open") }
    if scan.state == .done, shown.count != known.count {
      ledger.violate("\(scan.id) found \(known.count) open endpoints, \(shown.count) are shown")
    }
  }
}
