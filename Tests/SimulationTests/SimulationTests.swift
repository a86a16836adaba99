import CoordinatorStore
import Foundation
import Testing

/// Thousands of small fleets under faults, each reproducible by its number:
///
///     PERIPLUS_SEED=1234 swift test --filter SimulationTests
@Suite struct SimulationTests {
  private static let steps = 160

  /// The seeds of this run: one, or so many from a first one.
  private static var seeds: Range<UInt64> {
    let variables = ProcessInfo.processInfo.environment
    if let seed = variables["PERIPLUS_SEED"].flatMap({ UInt64($0) }) { return seed..<(seed + 1) }
    return 0..<(variables["PERIPLUS_SEEDS"].flatMap { UInt64($0) } ?? 200)
  }

  @Test(
    "Whatever is lost, late, repeated or killed: every endpoint is counted once, and no lost lease changes anything")
  func survivesFaults() async throws {
    let folder = try TemporaryFolder()
    // Every fleet begins with the same empty store, made once.
    let template = folder.path("template.sqlite")
    try SQLiteStore(path: template).close()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      var seeds = Self.seeds.makeIterator()
      var failures = 0
      for _ in 0..<2 {
        if let seed = seeds.next() { group.addTask { try await Self.survives(seed, folder, template) } }
      }
      while let isWhole = try await group.next() {
        if !isWhole { failures += 1 }
        // A broken rule breaks nearly every seed; a few say enough.
        guard failures < 3, let seed = seeds.next() else { continue }
        group.addTask { try await Self.survives(seed, folder, template) }
      }
    }
  }

  private static func survives(_ seed: UInt64, _ folder: TemporaryFolder, _ template: String) async throws -> Bool {
    let path = folder.path("\(seed).sqlite")
    try FileManager.default.copyItem(atPath: template, toPath: path)
    var simulation = try Simulation(seed: seed, path: path)
    try await simulation.run(steps: steps)
    for name in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + name) {
      try FileManager.default.removeItem(atPath: path + name)
    }
    guard !simulation.ledger.violations.isEmpty else { return true }
    Issue.record("seed \(seed): \(simulation.ledger.violations.prefix(3).joined(separator: "; "))")
    return false
  }
}
