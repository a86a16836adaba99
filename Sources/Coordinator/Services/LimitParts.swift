internal import CoordinatorCore
internal import Model

/// A part of some work that lies under the same limits.
struct LimitParts {
  let rectangles: [WorkRectangle]
  let rules: [ScopeRule]

  /// The parts of the work, disjoint and together all of it; those under the fewest limits first.
  static func divide(
    _ rectangles: [WorkRectangle], by limits: [(rule: ScopeRule, networks: AddressSet)], in space: ScanSpaces.Space
  ) -> [LimitParts] {
    var parts = [LimitParts(rectangles: rectangles, rules: [])]
    guard !limits.isEmpty else { return parts }
    // Of many rules most touch nothing of a job, which lies close together.
    let hosts = AddressSet(rectangles.flatMap { space.targets.ranges(in: $0.hosts) })
    for limit in limits where !hosts.isDisjoint(with: limit.networks) {
      parts = parts.flatMap { part in
        let under = part.rectangles.flatMap { rectangle in
          let hosts = AddressSet(space.targets.ranges(in: rectangle.hosts)).intersection(limit.networks)
          return space.rectangles(of: hosts, ports: rectangle.ports)
        }
        return [
          LimitParts(rectangles: part.rectangles.subtracting(under), rules: part.rules),
          LimitParts(rectangles: under, rules: part.rules + [limit.rule]),
        ]
      }.filter { !$0.rectangles.isEmpty }
    }
    return parts.sorted { $0.rules.count < $1.rules.count }
  }
}
