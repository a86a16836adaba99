package import Model

/// How many probes a job should have, so that its agent is through with it in about a job's time.
package struct JobBudget: Sendable {
  /// How long a job should take.
  package var duration: Duration
  /// Probes for an agent whose pace is not known yet.
  package var first: Int
  /// The most that any job may have.
  package var largest: Int

  package init(duration: Duration, first: Int, largest: Int) {
    self.duration = duration
    self.first = first
    self.largest = largest
  }

  /// The most that an express job may have (DESIGN section 4).
  package static let express = 2_000

  /// Probes a second of the slow timings; the agent's own table (TimingTemplate) keeps them.
  private static let timingRates = [0: 1.0 / 300, 1: 1.0 / 15, 2: 2.5]

  /// Endpoints a second that an agent usually manages of work that is slower than its pace, which tells of TCP connects
  /// alone; nil: its pace does tell. UDP: a Linux host answers for one closed port a second (icmp(7), icmp_ratelimit), and a
  /// job has sixteen hosts and more where it can. Identification: a few open ports in a thousand, seconds for each.
  package static func usualRate(hasUDP: Bool, identifies: Bool) -> Double? { hasUDP ? 20 : identifies ? 300 : nil }

  /// Probes a second that bind a job: the lowest of its rates, of its timing's and of what is usual for such work; nil: none
  /// does.
  package static func rate(_ rates: [Int?], timing: Int?, usual: Double? = nil) -> Double? {
    (rates.map { $0.map(Double.init) } + [timing.flatMap { timingRates[$0] }, usual]).compactMap(\.self).min()
  }

  /// Probes for an agent that has lately managed `pace` probes a second (nil before its first job) and may make `rate`
  /// at most, where `supply` is left for it and others.
  package func probes(pace: Double?, rate: Double?, slot: LeaseSlot, supply: WorkSupply) -> Int {
    let seconds = Double(duration.wholeMilliseconds) / 1_000
    var budget = pace.map { Int(min(Double(largest), max(1, $0 * seconds))) } ?? first
    if let rate { budget = min(budget, Int(min(Double(largest), max(1, rate * seconds)))) }
    if slot == .express { budget = min(budget, Self.express) }
    if let part = supply.fairPart {
      let shortest = Self.shortestJob(agents: supply.agents) * min(pace ?? 0, rate ?? .infinity)
      budget = min(budget, max(part, Self.fewest, Int(min(Double(largest), shortest))))
    }
    return min(max(1, budget), largest)
  }

  /// Seconds that a job should take even near a scan's end. All agents of a fleet of any size together then ask for no
  /// more than about a thousand jobs a second, which a coordinator can grant.
  private static func shortestJob(agents: Int) -> Double { max(0.5, Double(agents) / 1_000) }
  /// Probes of the smallest job that the end of a scan is cut into.
  private static let fewest = 64

  /// The longest that a lease on `probes` may be renewed: an agent that renews and gets nowhere is not trusted for ever.
  package func deadline(probes: UInt128, pace: Double?, rate: Double?) -> Duration {
    let slowest = min(pace ?? .infinity, rate ?? .infinity)
    let expected = slowest.isFinite ? min(Double(probes) / max(slowest, 1e-6), 1e8) : 0
    return max(Self.shortestDeadline, .seconds(expected * Self.deadlineFactor))
  }

  /// A firewalled host with every port asked takes a careful engine this long and longer (Benchmarks/README.md).
  private static let shortestDeadline = Duration.seconds(1_800)
  private static let deadlineFactor = 10.0
}
