package import Model

/// Resolves the host names of a scan, once, when it is submitted.
package protocol HostNameResolver: Sendable {
  /// Addresses of each name, and what went wrong with those that have none. Does not block the caller's thread.
  func addresses(of names: [String]) async -> (
    resolved: [String: [IPAddress]], failed: [(name: String, reason: String)]
  )
}
