import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

/// The rules by which work is given out, each by itself.
@Suite struct DispatchRuleTests {
  @Test("Ten priorities more are twice the weight, everything between lies between, and one above another weighs more")
  func weighsPriorities() {
    #expect(FairShare.weight(ofPriority: 0) == 1)
    #expect(FairShare.weight(ofPriority: 10) == 2)
    #expect(FairShare.weight(ofPriority: -20) == 0.25)
    #expect(FairShare.weight(ofPriority: 100) == 1_024)
    for priority in -100..<100 {
      #expect(FairShare.weight(ofPriority: priority) < FairShare.weight(ofPriority: priority + 1))
    }
  }

  @Test("A lane that fell behind is lifted to the turn, one ahead of it stays ahead")
  func liftsPasses() {
    #expect(FairShare.pass(after: 3, turn: 50, probes: 8, priority: 0) == 58)
    #expect(FairShare.pass(after: 70, turn: 50, probes: 8, priority: 10) == 74)
  }

  @Test(
    "Served by lowest pass, lanes share by weight, and none waits for more than its share",
    arguments: 0..<20 as Range<UInt64>)
  func sharesByWeight(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let priorities = (0..<5).map { _ in Int.random(in: -20...20, using: &random) }
    var passes = priorities.map { _ in 0.0 }
    var given = priorities.map { _ in 0.0 }
    var turn = 0.0
    for _ in 0..<20_000 {
      let lane = passes.indices.min { passes[$0] < passes[$1] } ?? 0
      let probes = UInt128.random(in: 1...1_000, using: &random)
      given[lane] += Double(probes)
      let next = FairShare.pass(after: passes[lane], turn: turn, probes: probes, priority: priorities[lane])
      turn = max(turn, passes[lane])
      passes[lane] = next
    }
    let weights = priorities.map(FairShare.weight(ofPriority:))
    let whole = given.reduce(0, +) / weights.reduce(0, +)
    for (lane, weight) in zip(given, weights) { #expect(abs(lane / weight - whole) < whole / 10 + 2_000 / weight) }
  }

  @Test(
    "Split rectangles are the same endpoints, the first part about as many as asked",
    arguments: 0..<200 as Range<UInt64>)
  func splits(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var host: UInt128 = 0
    let rectangles = (0..<Int.random(in: 1...6, using: &random)).map { _ in
      let width = UInt128.random(in: 1...20, using: &random)
      let port = Int.random(in: 0..<30, using: &random)
      defer { host += width + UInt128.random(in: 0...3, using: &random) }
      return WorkRectangle(
        hosts: host..<(host + width), ports: port..<(port + Int.random(in: 1...30, using: &random)))
    }
    let size = rectangles.endpointCount
    let budget = UInt128.random(in: 0...(size + 5), using: &random)
    let (first, rest) = rectangles.split(after: budget)
    #expect(!first.isEmpty)
    #expect(first.endpointCount <= max(1, budget))
    #expect(first.endpointCount + rest.endpointCount == size)
    #expect(rectangles.subtracting(first).subtracting(rest).isEmpty)
    #expect(first.subtracting(rest).endpointCount == first.endpointCount)
    if budget >= size { #expect(rest.isEmpty) }
    let widest = rectangles.map(\.ports.count).max() ?? 0
    #expect(first.endpointCount + UInt128(widest) > min(max(1, budget), size))
  }

  @Test("A job that fails often is halved until it is small, then benched")
  func halvesThenBenches() {
    #expect(JobFailure.outcome(attempt: 2, limit: 3, size: 1_000, halvings: 0) == .wait(attempt: 2))
    #expect(JobFailure.outcome(attempt: -1, limit: 3, size: 1_000, halvings: 0) == .wait(attempt: 0))
    #expect(JobFailure.outcome(attempt: 3, limit: 3, size: 32, halvings: 7) == .halve)
    #expect(JobFailure.outcome(attempt: 3, limit: 3, size: 31, halvings: 0) == .bench)
    #expect(JobFailure.outcome(attempt: 3, limit: 3, size: 1 << 40, halvings: 8) == .bench)
  }

  @Test("A bound tells when it is reached, and divides what is left")
  func dividesRates() {
    var bound = WorkBound(share: .scan(ScanID(4)), name: "scan:4", jobs: 3, probesPerSecond: 100)
    #expect(bound.obstacle == nil)
    #expect(bound.part(forEachOf: 3) == 33)
    bound.use = WorkUse(jobs: 2, probesPerSecond: 90)
    #expect(bound.part(forEachOf: 3) == 10)
    #expect(bound.part(forEachOf: 1_000) == 1)
    bound.use.probesPerSecond = 100
    #expect(bound.obstacle == "the 100 probes a second of scan:4 are given out")
    bound.use = WorkUse(jobs: 3, probesPerSecond: 1)
    #expect(bound.obstacle == "scan:4 may have 3 jobs at once, and has them")
    #expect(WorkBound(share: .zone(ZoneID(1)), name: "z", jobs: nil, probesPerSecond: nil).part(forEachOf: 2) == nil)
  }

  @Test("A job's size follows pace and rates, and an express job is small")
  func sizesJobs() {
    let budget = JobBudget(duration: .seconds(30), first: 4_096, largest: 1 << 20)
    let plenty = WorkSupply(left: .max, agents: 10)
    #expect(budget.probes(pace: nil, rate: nil, slot: .bulk, supply: plenty) == 4_096)
    #expect(budget.probes(pace: 100, rate: nil, slot: .bulk, supply: plenty) == 3_000)
    #expect(budget.probes(pace: 1e9, rate: nil, slot: .bulk, supply: plenty) == 1 << 20)
    #expect(budget.probes(pace: 1e9, rate: 2, slot: .bulk, supply: plenty) == 60)
    #expect(budget.probes(pace: 1e9, rate: 1e-9, slot: .bulk, supply: plenty) == 1)
    #expect(budget.probes(pace: 1e9, rate: nil, slot: .express, supply: plenty) == JobBudget.express)
    #expect(JobBudget.rate([7, nil], timing: 4) == 7)
    #expect(JobBudget.rate([nil], timing: 0) == 1.0 / 300)
    #expect(budget.deadline(probes: 30, pace: 1_000, rate: nil) == .seconds(1_800))
    #expect(budget.deadline(probes: 3_000, pace: 1_000, rate: 1) == .seconds(30_000))
  }

  @Test("Towards a scan's end jobs get smaller, but none is smaller than is worth the asking")
  func sizesLastJobs() {
    let budget = JobBudget(duration: .seconds(30), first: 4_096, largest: 1 << 20)
    func probes(left: UInt128, agents: Int, pace: Double? = 1_000) -> Int {
      budget.probes(pace: pace, rate: nil, slot: .bulk, supply: WorkSupply(left: left, agents: agents))
    }
    #expect(probes(left: 1_000, agents: 1) == 30_000)
    #expect(probes(left: 480_000, agents: 8) == 30_000)
    #expect(probes(left: 48_000, agents: 8) == 3_000)
    #expect(probes(left: 480, agents: 8) == 500)
    #expect(probes(left: 480, agents: 8, pace: nil) == 64)
    #expect(probes(left: 480, agents: 10_000) == 10_000)
  }

  @Test(
    "Agents of like pace share a scan of minutes so that it takes hardly longer than an equal part each",
    arguments: [1, 2, 3, 4, 8, 16, 50])
  func sharesWork(agents: Int) {
    let budget = JobBudget(duration: .seconds(30), first: 4_096, largest: 1 << 20)
    let pace = 1_000.0
    let size = UInt128(200_000 * agents)
    var left = size
    var busyUntil = Array(repeating: 0.0, count: agents)
    while left > 0 {
      let next = busyUntil.indices.min { busyUntil[$0] < busyUntil[$1] } ?? 0
      let job = budget.probes(
        pace: pace, rate: nil, slot: .bulk, supply: WorkSupply(left: left, agents: agents))
      let taken = min(left, UInt128(job))
      left -= taken
      busyUntil[next] += Double(taken) / pace
    }
    let ideal = Double(size) / pace / Double(agents)
    #expect((busyUntil.max() ?? 0) <= ideal * 1.02)
  }
}
