import CoordinatorServices
import Model

/// A bound that somebody set, held against what was granted.
struct KeptBound {
  let name: String
  /// Jobs at once; nil: any number.
  let jobs: Int?
  /// Probes a second over all jobs at once; nil: any rate.
  let probesPerSecond: Int?
  /// Whether a job counts against it.
  let counts: @Sendable (LeaseService.Grant) -> Bool

  /// What is wrong with these jobs running at once; nil: nothing.
  func violation(by running: [LeaseService.Grant]) -> String? {
    let counted = running.filter(counts)
    guard !counted.isEmpty else { return nil }
    if let jobs, counted.count > jobs { return "\(counted.count) jobs of \(name) run at once, \(jobs) may" }
    guard let probesPerSecond else { return nil }
    let rates = counted.map(\.probesPerSecond)
    guard rates.allSatisfy({ $0 != nil }) else { return "a job of \(name) was told no rate" }
    let sum = rates.reduce(0) { $0 + ($1 ?? 0) }
    return sum > probesPerSecond ? "jobs of \(name) make \(sum) probes a second, \(probesPerSecond) may be" : nil
  }
}
