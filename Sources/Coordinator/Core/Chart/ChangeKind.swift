/// What became different in the chart. The raw values are what queries, alerts and listings say.
package enum ChangeKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// Open when it was first looked at.
  case found
  /// Open after it had been seen otherwise, and never open before.
  case opened
  /// Open again.
  case reopened
  /// Not open any more.
  case closed
  /// Another service, product or version answers.
  case service
  /// Another certificate is shown.
  case certificate
  /// Another program listens.
  case process
  /// A host answered for the first time.
  case hostFound = "host-found"
  /// A host that had answered was looked at again as a whole, and nothing answered.
  case hostGone = "host-gone"
  /// A host that was gone answers again.
  case hostBack = "host-back"
}

extension ChangeKind {
  /// Those that are about hosts; all others are about endpoints.
  package static let ofHosts: Set<ChangeKind> = [.hostFound, .hostGone, .hostBack]
}
