extension WorkRectangle {
  /// Gathers finished endpoints into few rectangles: neighbouring hosts that are done with the same ports share one.
  package struct Gatherer {
    package private(set) var rectangles: [WorkRectangle] = []

    package init() {}

    /// Adds ports of one host. Hosts that come in ascending order, each with the same ports, become one rectangle.
    ///
    /// - Precondition: `ports` is not empty.
    package mutating func add(host: UInt128, ports: Range<Int>) {
      if let before = rectangles.last, before.ports == ports, before.hosts.upperBound == host {
        rectangles[rectangles.count - 1] = WorkRectangle(hosts: before.hosts.lowerBound..<(host + 1), ports: ports)
      } else {
        rectangles.append(WorkRectangle(hosts: host..<(host + 1), ports: ports))
      }
    }
  }
}

extension Sequence<Int> {
  /// Ascending numbers as runs of neighbours.
  package func neighbouringRuns() -> [Range<Int>] {
    reduce(into: []) { runs, number in
      if let last = runs.last, last.upperBound == number {
        runs[runs.count - 1] = last.lowerBound..<(number + 1)
      } else {
        runs.append(number..<(number + 1))
      }
    }
  }
}
