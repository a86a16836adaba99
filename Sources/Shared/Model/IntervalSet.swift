/// A value with neighbours, so that two runs of values can be told to touch.
package protocol Stepping: Comparable, Hashable, Sendable {
  /// The value that follows, nil at the end of its number line.
  var next: Self? { get }
  /// The value before, nil at the start of its number line.
  var previous: Self? { get }
}

extension UInt8: Stepping {
  package var next: UInt8? { self == .max ? nil : self + 1 }
  package var previous: UInt8? { self == 0 ? nil : self - 1 }
}

extension UInt16: Stepping {
  package var next: UInt16? { self == .max ? nil : self + 1 }
  package var previous: UInt16? { self == 0 ? nil : self - 1 }
}

/// The number line of addresses ends where a family ends: no run crosses from IPv4 to IPv6.
extension IPAddress: Stepping {
  package var next: IPAddress? { value == family.lastValue ? nil : IPAddress(family: family, value: value + 1) }
  package var previous: IPAddress? { value == 0 ? nil : IPAddress(family: family, value: value - 1) }
}

/// A set held as sorted, disjoint runs that do not touch; its size is that of its runs, never that of its members.
package struct IntervalSet<Value: Stepping>: Hashable, Sendable {
  /// Ascending, disjoint, and as long as they can be.
  package private(set) var runs: [ClosedRange<Value>]

  package init() { runs = [] }

  /// The union of `ranges`, which may overlap and come in any order. O(n log n), O(n) where they are sorted already.
  package init(_ ranges: some Sequence<ClosedRange<Value>>) {
    var sorted = Array(ranges)
    let inOrder = zip(sorted, sorted.dropFirst()).allSatisfy { $0.lowerBound <= $1.lowerBound }
    if !inOrder { sorted.sort { $0.lowerBound < $1.lowerBound } }
    runs = []
    for range in sorted {
      if let last = runs.last, range.lowerBound <= last.upperBound || last.upperBound.next == range.lowerBound {
        runs[runs.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        runs.append(range)
      }
    }
  }

  package var isEmpty: Bool { runs.isEmpty }

  package func contains(_ value: Value) -> Bool { indexOfRun(containing: value) != nil }

  /// The position in `runs` of the run that holds `value`. O(log runs).
  package func indexOfRun(containing value: Value) -> Int? {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    return low < runs.count && runs[low].lowerBound <= value ? low : nil
  }

  package func union(_ other: IntervalSet) -> IntervalSet {
    if other.isEmpty { return self }
    return isEmpty ? other : IntervalSet(runs + other.runs)
  }

  /// What is in both. O(runs of both).
  package func intersection(_ other: IntervalSet) -> IntervalSet {
    var result = IntervalSet()
    var mine = 0
    var theirs = 0
    while mine < runs.count, theirs < other.runs.count {
      let left = runs[mine]
      let right = other.runs[theirs]
      let lower = max(left.lowerBound, right.lowerBound)
      let upper = min(left.upperBound, right.upperBound)
      if lower <= upper { result.runs.append(lower...upper) }
      if left.upperBound < right.upperBound { mine += 1 } else { theirs += 1 }
    }
    return result
  }

  /// Whether no value is in both. O(fewer runs x log of the more).
  package func isDisjoint(with other: IntervalSet) -> Bool {
    guard runs.count <= other.runs.count else { return other.isDisjoint(with: self) }
    return runs.allSatisfy { run in
      // The last run that begins within or before this one is the only one that may reach into it.
      var low = 0
      var high = other.runs.count
      while low < high {
        let middle = (low + high) / 2
        if other.runs[middle].lowerBound <= run.upperBound { low = middle + 1 } else { high = middle }
      }
      return low == 0 || other.runs[low - 1].upperBound < run.lowerBound
    }
  }

  /// What is in this set and not in `other`. O(runs of both).
  package func subtracting(_ other: IntervalSet) -> IntervalSet {
    if other.isEmpty { return self }
    var result = IntervalSet()
    var first = 0
    for run in runs {
      while first < other.runs.count, other.runs[first].upperBound < run.lowerBound { first += 1 }
      var start: Value? = run.lowerBound
      var hole = first
      while let lower = start, hole < other.runs.count, other.runs[hole].lowerBound <= run.upperBound {
        if lower < other.runs[hole].lowerBound, let end = other.runs[hole].lowerBound.previous {
          result.runs.append(lower...end)
        }
        start = other.runs[hole].upperBound < run.upperBound ? other.runs[hole].upperBound.next : nil
        hole += 1
      }
      if let lower = start { result.runs.append(lower...run.upperBound) }
    }
    return result
  }
}
