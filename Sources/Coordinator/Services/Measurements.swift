internal import Synchronization

/// What the coordinator counts of itself since its start. Cheap enough for every request.
package final class Measurements: Sendable {
  /// A count that only grows.
  package final class Counter: Sendable {
    private let number = Atomic<UInt64>(0)

    package var value: UInt64 { number.load(ordering: .relaxed) }

    package func add(_ amount: Int = 1) { number.add(UInt64(max(0, amount)), ordering: .relaxed) }
  }

  /// How often a value fell below each of some bounds.
  package final class Histogram: Sendable {
    package struct Reading: Sendable {
      /// Upper bounds, ascending, with how many values were at most that.
      package let buckets: [(bound: Double, count: UInt64)]
      package let count: UInt64
      package let sum: Double
    }

    private struct State {
      var counts: [UInt64]
      var count: UInt64 = 0
      var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
      self.bounds = bounds
      state = Mutex(State(counts: bounds.map { _ in 0 }))
    }

    package func note(_ value: Double) {
      state.withLock { state in
        state.count += 1
        state.sum += value
        if let index = bounds.firstIndex(where: { value <= $0 }) { state.counts[index] += 1 }
      }
    }

    package func note(_ duration: Duration) {
      let (seconds, attoseconds) = duration.components
      note(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    package var reading: Reading {
      state.withLock { state in
        var below: UInt64 = 0
        let buckets = zip(bounds, state.counts).map { bound, count in
          below += count
          return (bound: bound, count: below)
        }
        return Reading(buckets: buckets, count: state.count, sum: state.sum)
      }
    }
  }

  private static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  /// Changes in one transaction.
  package let commitSize = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64])
  /// From the first change of a transaction to its durability.
  package let commitSeconds = Histogram(bounds: seconds)
  /// How long before its end a lease was renewed, as a share of what was left of it: near 0 is late.
  package let renewalLag = Histogram(bounds: [1, 2, 5, 10, 15, 20, 25, 30])
  /// One look at schedules that are due, with what it wrote.
  package let scheduleLook = Histogram(bounds: seconds)
  package let leasesGranted = Counter()
  package let leasesExpired = Counter()
  package let chunksCounted = Counter()
  package let chunksLate = Counter()
  package let sightings = Counter()
  package let ranges = Counter()
  /// Requests turned away because too many came, or because the writer is behind.
  package let turnedAway = Counter()

  package init() {}
}
