/// What an API token may do; each includes the ones before. Raw values are the words printed, sent
/// and stored.
package enum AccessRole: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
  case viewer
  case operating = "operator"
  case admin

  private var rank: Int {
    switch self {
    case .viewer: 0
    case .operating: 1
    case .admin: 2
    }
  }

  package static func < (left: AccessRole, right: AccessRole) -> Bool { left.rank < right.rank }
}
