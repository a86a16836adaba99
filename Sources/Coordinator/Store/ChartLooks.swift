internal import CoordinatorCore
internal import Model

/// How many endpoints one question may still look at, and where it ended. Of one transaction.
final class ChartLooks {
  private var left: Int
  private(set) var count = 0
  /// Statements that are run one after the other, each for a part of the same page.
  var ways = 1
  /// Nil: nothing ended before its time.
  private(set) var end: ChartPosition?

  init(_ most: Int) { left = most }

  /// What the next of the ways may look at: one at least, so that every page comes further than the one before.
  var share: Int { max(left / max(ways, 1), 1) }

  /// A way was gone to its end.
  func note(_ count: Int) {
    spend(count)
    ways = max(ways - 1, 1)
  }

  /// So many were looked at in vain: their way is gone once more, or another one instead.
  func spend(_ count: Int) {
    self.count += count
    left = max(left - count, 0)
  }

  /// A way ended behind a place; the page ends with the first that did.
  func stop(at place: ChartPosition) {
    end = end.map { SQLiteSession.goesBefore(place, $0) ? place : $0 } ?? place
  }

  /// Whether a place lies behind the end.
  func isBeyond(_ place: ChartPosition) -> Bool { end.map { SQLiteSession.goesBefore($0, place) } ?? false }
}
