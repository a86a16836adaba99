/// Numbers that come mostly in ascending order, held as disjoint runs in order: ports of one outcome of one host.
///
/// Adding costs a look at the end where numbers ascend; elsewhere a binary search and a move of what lies behind, which is at
/// most 32,768 runs of ports. Nothing is allocated but for the list's growth.
package struct RunList<Number: FixedWidthInteger & Sendable>: Sendable {
  /// Ascending, with a gap between neighbours.
  private var ranges: [ClosedRange<Number>] = []

  package init() {}

  package init(_ range: ClosedRange<Number>) { ranges = [range] }

  /// Adds a number that is not in the list yet.
  package mutating func add(_ number: Number) { add(number...number) }

  /// Adds numbers that are not in the list yet.
  package mutating func add(_ range: ClosedRange<Number>) {
    let place = place(of: range.lowerBound)
    let joinsBefore = place > 0 && Self.touch(ranges[place - 1].upperBound, range.lowerBound)
    let joinsBehind = place < ranges.count && Self.touch(range.upperBound, ranges[place].lowerBound)
    switch (joinsBefore, joinsBehind) {
    case (true, true):
      ranges[place - 1] = ranges[place - 1].lowerBound...max(range.upperBound, ranges[place].upperBound)
      ranges.remove(at: place)
    case (true, false):
      ranges[place - 1] = ranges[place - 1].lowerBound...max(ranges[place - 1].upperBound, range.upperBound)
    case (false, true):
      ranges[place] = range.lowerBound...max(range.upperBound, ranges[place].upperBound)
    case (false, false):
      ranges.insert(range, at: place)
    }
  }

  /// Ascending, and neighbours joined.
  package var sorted: [ClosedRange<Number>] { ranges }

  package var count: Int { ranges.reduce(0) { $0 + Int($1.upperBound - $1.lowerBound) + 1 } }

  /// The index of the first run that begins behind `number`.
  private func place(of number: Number) -> Int {
    guard let last = ranges.last, number < last.lowerBound else { return ranges.count }
    var (low, high) = (0, ranges.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].lowerBound > number { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Whether no number lies between the end of one run and the start of the next.
  private static func touch(_ end: Number, _ start: Number) -> Bool { end >= start || end + 1 == start }
}
