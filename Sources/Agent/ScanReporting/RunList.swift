/// Numbers that come mostly in ascending order, held as runs: ports of one outcome of one host. O(1) a number, and never
/// much longer than the runs that there are in truth.
package struct RunList<Number: FixedWidthInteger & Sendable>: Sendable {
  private var ranges: [ClosedRange<Number>] = []

  /// At this length the list is put in order.
  private var limit = 64

  package init() {}

  package init(_ range: ClosedRange<Number>) { ranges = [range] }

  /// Adds a number that is not in the list yet.
  package mutating func add(_ number: Number) { add(number...number) }

  /// Adds numbers that are not in the list yet.
  package mutating func add(_ range: ClosedRange<Number>) {
    if let last = ranges.last, last.upperBound != .max, last.upperBound + 1 == range.lowerBound {
      ranges[ranges.count - 1] = last.lowerBound...range.upperBound
      return
    }
    ranges.append(range)
    if ranges.count > limit {
      ranges = sorted
      limit = max(64, ranges.count * 2)
    }
  }

  /// Ascending, and neighbours joined.
  package var sorted: [ClosedRange<Number>] {
    ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { result, range in
      if let last = result.last, last.upperBound != .max, range.lowerBound <= last.upperBound + 1 {
        result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
  }

  package var count: Int { ranges.reduce(0) { $0 + Int($1.upperBound - $1.lowerBound) + 1 } }
}
