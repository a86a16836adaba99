/// What an expression asks for beyond what every dump tells, so that costly passes are left out where nobody asked.
package struct FilterNeeds: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The processes that hold each socket: a pass over `/proc/*/fd`.
  package static let owners = FilterNeeds(rawValue: 1)

  /// What control group a process runs in: its unit and container.
  package static let processGroups = FilterNeeds(rawValue: 1 << 1)
  package static let mark = FilterNeeds(rawValue: 1 << 2)
  package static let cgroup = FilterNeeds(rawValue: 1 << 3)
  package static let autobound = FilterNeeds(rawValue: 1 << 4)
  package static let interfaceNames = FilterNeeds(rawValue: 1 << 5)
  package static let namespace = FilterNeeds(rawValue: 1 << 6)
}

extension FilterPredicate {
  var needs: FilterNeeds {
    switch self {
    case .protocols, .internet, .path, .user: []
    case .device: .interfaceNames
    case .mark: .mark
    case .cgroup: .cgroup
    case .autobound: .autobound
    case .process, .pids: .owners
    case .unit, .container: [.owners, .processGroups]
    case .namespace: .namespace
    }
  }
}
