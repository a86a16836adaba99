import CoordinatorServices
import Model

/// Resolves the names it was given, and no other.
struct NamedHosts: HostNameResolver {
  var known: [String: [IPAddress]] = [:]

  func addresses(of names: [String]) async -> (
    resolved: [String: [IPAddress]], failed: [(name: String, reason: String)]
  ) {
    (known, names.filter { known[$0] == nil }.map { ($0, "no such name") })
  }
}
