import CoordinatorCore
import CoordinatorServices
import Model
import SeededRandom
import Testing

/// Scans that come and go, and are always more than the agents can do at once.
@Suite struct FairnessTests {
  /// A time in which one scan waited, as the test counts it.
  private struct Served {
    let id: ScanID
    let weight: Double
    /// Probes given so far over the weight, after each grant since the scan was there.
    var shares: [(grant: Int, share: Double)]
    var largestJob = 0.0
    var endedAt: Int?
  }

  /// Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996, theorem 1): over any time in which two lanes both wait,
  /// what they were given, over their weights, differs by no more than the largest job of each over its weight.
  @Test(
    "Whenever two scans both wait, they get work by their weights, whatever else comes, goes or is returned",
    arguments: 0..<20 as Range<UInt64>)
  func sharesByWeight(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let folder = try TemporaryFolder()
    let coordinator = try SimulatedCoordinator(
      path: folder.path("fair.sqlite"), clock: TestClock(), seed: random.next())
    var agents: [AgentRecord] = []
    for number in 0..<Int.random(in: 1...4, using: &random) {
      let token = try await coordinator.access.issue(
        .join(site: "default", zone: "default", createZone: false, duties: [.scan], tags: [], uses: 1),
        expiresIn: nil, note: nil)
      agents.append(
        try await coordinator.fleet.enrol(
          .init(name: "a\(number)", installation: "i", version: "1", hostName: "h", operatingSystem: "Linux"),
          joinToken: token.secret
        ).agent)
    }
    var scans: [Served] = []
    var paused: [(id: ScanID, weight: Double)] = []
    var submitted = 0
    for turn in 0..<200 {
      if submitted < 2 || (submitted < 6 && Int.random(in: 0..<25, using: &random) == 0) {
        var submission = ScanService.Submission(targets: ["10.\(submitted).0.0/20"])
        submitted += 1
        submission.ports = "1-4"
        let priority = Int.random(in: -15...15, using: &random)
        submission.priority = priority
        guard let id = try await coordinator.scans.submit(submission, by: .local).scan?.record.id else {
          Issue.record("a scan was not stored")
          return
        }
        scans.append(Served(id: id, weight: FairShare.weight(ofPriority: priority), shares: [(turn, 0)]))
      }
      let waiting = scans.indices.filter { scans[$0].endedAt == nil }
      if waiting.count > 1, Int.random(in: 0..<20, using: &random) == 0,
        let index = waiting.randomElement(using: &random)
      {
        scans[index].endedAt = turn
        if Int.random(in: 0..<4, using: &random) == 0 {
          try await coordinator.scans.cancel(scans[index].id)
        } else {
          try await coordinator.scans.pause(scans[index].id)
          paused.append((scans[index].id, scans[index].weight))
        }
      }
      // One that could not be served for a while must not catch up.
      if !paused.isEmpty, Int.random(in: 0..<30, using: &random) == 0 {
        let back = paused.removeFirst()
        try await coordinator.scans.resume(back.id)
        scans.append(Served(id: back.id, weight: back.weight, shares: [(turn, 0)]))
      }
      let agent = agents[Int.random(in: agents.indices, using: &random)]
      let grant = try await coordinator.leases.grant(to: agent, slot: .bulk, probesPerSecond: nil, waiting: .zero)
      guard let grant, let index = scans.lastIndex(where: { $0.id == grant.scan }) else {
        Issue.record("seed \(seed): nothing was granted though much waits")
        return
      }
      let probes = Double(grant.blocks.map(\.rectangle).endpointCount) / scans[index].weight
      scans[index].largestJob = max(scans[index].largestJob, probes)
      scans[index].shares.append((turn, (scans[index].shares.last?.share ?? 0) + probes))
      // Given back unfinished, all of it; it comes again before what is new.
      try await coordinator.leases.finish(
        .init(job: grant.job, generation: grant.generation, epoch: grant.epoch, token: grant.token), by: agent,
        with: LeaseFinish(outcome: .returned, chunkCount: 0, reason: nil))
    }
    try await coordinator.close()
    for (number, first) in scans.enumerated() {
      for second in scans[(number + 1)...] where second.id != first.id {
        let difference = Self.largestDifference(between: first, and: second)
        #expect(
          difference <= (first.largestJob + second.largestJob) * 1.000_001,
          "seed \(seed): \(first.id) and \(second.id) differ by \(difference)")
      }
    }
  }

  /// Over all intervals in which both were there: how far what the one was given runs away from what the other was.
  private static func largestDifference(between first: Served, and second: Served) -> Double {
    let begin = max(first.shares[0].grant, second.shares[0].grant)
    let end = min(first.endedAt ?? .max, second.endedAt ?? .max)
    func share(_ scan: Served, at turn: Int) -> Double { scan.shares.last { $0.grant <= turn }?.share ?? 0 }
    let turns = (first.shares + second.shares).map(\.grant).filter { $0 >= begin && $0 < end }
    let gaps = turns.map { share(first, at: $0) - share(second, at: $0) }
    return (gaps.max() ?? 0) - (gaps.min() ?? 0)
  }
}
