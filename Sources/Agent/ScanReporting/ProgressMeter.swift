/// How far a scan is, how fast it goes and how long it may still take. Pure: time comes from outside.
package struct ProgressMeter: Sendable {
  /// What is counted.
  package struct Counts: Equatable, Sendable {
    /// Endpoints, or hosts with `-sn`, of which it is known how they are.
    package var settled: UInt128 = 0
    package var probes: UInt64 = 0
    package var open: UInt64 = 0

    package init(settled: UInt128 = 0, probes: UInt64 = 0, open: UInt64 = 0) {
      self.settled = settled
      self.probes = probes
      self.open = open
    }
  }

  /// What lies this far back weighs e times less: steady enough to read, quick enough to believe.
  private static let memorySeconds = 5.0

  private let total: UInt128
  private var before: (time: Double, counts: Counts)?
  private var settledPerSecond: Double?
  private var probesPerSecond = 0.0
  private var counts = Counts()

  package init(total: UInt128) { self.total = total }

  /// Takes the counts at a time in seconds from any start.
  package mutating func update(_ counts: Counts, at time: Double) {
    self.counts = counts
    defer { before = (time, counts) }
    guard let before, time > before.time else { return }
    let span = time - before.time
    let settled = Double(counts.settled - min(counts.settled, before.counts.settled)) / span
    let probes = Double(counts.probes - min(counts.probes, before.counts.probes)) / span
    // The share of the new measurement 1 - e^(-span/memory), by its first terms' ratio; the first counts whole.
    let share = settledPerSecond == nil ? 1 : span / (span + Self.memorySeconds)
    settledPerSecond = (settledPerSecond ?? 0) * (1 - share) + settled * share
    probesPerSecond = probesPerSecond * (1 - share) + probes * share
  }

  /// Seconds that the rest takes at the smoothed rate; nil where nothing moves.
  package var secondsLeft: Double? {
    guard let settledPerSecond, settledPerSecond > 0 else { return nil }
    return Double(total - min(counts.settled, total)) / settledPerSecond
  }

  /// `12.3% done, 8123 probes/s, 14 open, 1m20s left`.
  package var line: String {
    let share = total == 0 ? 1000 : Int(Double(min(counts.settled, total)) / Double(total) * 1000)
    var text = "\(share / 10).\(share % 10)% done, \(Int(probesPerSecond.rounded())) probes/s, \(counts.open) open"
    if let secondsLeft { text += ", \(Self.text(seconds: secondsLeft)) left" }
    return text
  }

  /// `45s`, `1m20s`, `2h05m`, `3d4h`.
  static func text(seconds: Double) -> String {
    guard seconds < 8_640_000 else { return "over 100d" }
    let whole = Int(seconds.rounded(.up))
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if whole < 60 { return "\(whole)s" }
    if whole < 3600 { return "\(whole / 60)m\(two(whole % 60))s" }
    if whole < 86_400 { return "\(whole / 3600)h\(two(whole / 60 % 60))m" }
    return "\(whole / 86_400)d\(whole / 3600 % 24)h"
  }
}
