package import Model

extension [WorkRectangle] {
  /// The first rectangles of at most about `budget` endpoints, and the rest; together they are these.
  ///
  /// The first part is never empty: at least one port of one host is taken.
  package func split(after budget: UInt128) -> (first: [WorkRectangle], rest: [WorkRectangle]) {
    var first: [WorkRectangle] = []
    var left = Swift.max(1, budget)
    for (index, rectangle) in enumerated() {
      if rectangle.count <= left {
        first.append(rectangle)
        left -= rectangle.count
        if left == 0 { return (first, Array(self[(index + 1)...])) }
        continue
      }
      var rest = Array(self[(index + 1)...])
      let width = UInt128(rectangle.ports.count)
      if left >= width {
        // Whole hosts, so that the parts stay rectangles.
        let middle = rectangle.hosts.lowerBound + left / width
        first.append(WorkRectangle(hosts: rectangle.hosts.lowerBound..<middle, ports: rectangle.ports))
        rest.insert(WorkRectangle(hosts: middle..<rectangle.hosts.upperBound, ports: rectangle.ports), at: 0)
      } else if first.isEmpty {
        let host = rectangle.hosts.lowerBound
        let middle = rectangle.ports.lowerBound + Int(left)
        first.append(WorkRectangle(hosts: host..<(host + 1), ports: rectangle.ports.lowerBound..<middle))
        if host + 1 < rectangle.hosts.upperBound {
          rest.insert(
            WorkRectangle(hosts: (host + 1)..<rectangle.hosts.upperBound, ports: rectangle.ports), at: 0)
        }
        rest.insert(WorkRectangle(hosts: host..<(host + 1), ports: middle..<rectangle.ports.upperBound), at: 0)
      } else {
        rest.insert(rectangle, at: 0)
      }
      return (first, rest)
    }
    return (first, [])
  }
}
