/// A set of port numbers, held as ranges, in which every port has an index.
package struct PortSet: Hashable, Sendable {
  private let numbers: IntervalSet<UInt16>

  /// Ports before each run, so that an index is found without counting through the runs.
  private let starts: [Int]

  package let count: Int

  /// Every port but 0, which is only ever scanned when named (as in nmap).
  package static let all = PortSet([1...65535])

  package init() { self.init(IntervalSet()) }

  package init(_ ranges: some Sequence<ClosedRange<UInt16>>) { self.init(IntervalSet(ranges)) }

  package init(ports: some Sequence<Port>) { self.init(ports.lazy.map { $0.rawValue...$0.rawValue }) }

  private init(_ numbers: IntervalSet<UInt16>) {
    self.numbers = numbers
    var starts: [Int] = []
    var total = 0
    for run in numbers.runs {
      starts.append(total)
      total += run.count
    }
    self.starts = starts
    count = total
  }

  /// Ascending, disjoint, and as long as they can be.
  package var ranges: [ClosedRange<UInt16>] { numbers.runs }

  package var isEmpty: Bool { numbers.isEmpty }

  package func contains(_ port: Port) -> Bool { numbers.contains(port.rawValue) }

  /// The port at `index` in ascending order. O(log ranges).
  ///
  /// - Precondition: 0 ≤ `index` < `count`.
  package func port(at index: Int) -> Port {
    precondition((0..<count).contains(index), "an index of this set")
    let run = self.run(at: index)
    return Port(numbers.runs[run].lowerBound + UInt16(index - starts[run]))
  }

  /// Where `port` stands in ascending order, nil for one that is not in the set. O(log ranges).
  package func index(of port: Port) -> Int? {
    guard let run = numbers.indexOfRun(containing: port.rawValue) else { return nil }
    return starts[run] + Int(port.rawValue - numbers.runs[run].lowerBound)
  }

  /// The ports whose indices lie in `indices`; what is beyond the set is ignored.
  package func slice(_ indices: Range<Int>) -> PortSet {
    let wanted = indices.clamped(to: 0..<count)
    guard !wanted.isEmpty else { return PortSet() }
    let first = run(at: wanted.lowerBound)
    let last = run(at: wanted.upperBound - 1)
    return PortSet(
      (first...last).map { run in
        let low = max(wanted.lowerBound - starts[run], 0)
        let high = min(wanted.upperBound - starts[run], numbers.runs[run].count) - 1
        return numbers.runs[run].lowerBound + UInt16(low)...numbers.runs[run].lowerBound + UInt16(high)
      })
  }

  package func union(_ other: PortSet) -> PortSet { PortSet(numbers.union(other.numbers)) }
  package func subtracting(_ other: PortSet) -> PortSet { PortSet(numbers.subtracting(other.numbers)) }
  package func intersection(_ other: PortSet) -> PortSet { PortSet(numbers.intersection(other.numbers)) }

  private func run(at index: Int) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return low
  }
}

extension PortSet: CustomStringConvertible {
  /// `1-100,443`; empty for no port.
  package var description: String { numbers.description }
}

extension IntervalSet: CustomStringConvertible where Value: FixedWidthInteger {
  /// `1-100,443`.
  package var description: String {
    runs.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}
