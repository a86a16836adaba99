internal import CoordinatorServices
internal import LocalSystem
internal import Model
internal import NIOPosix

/// getaddrinfo on threads of its own: it blocks for as long as the name servers please.
struct SystemResolver: HostNameResolver {
  func addresses(
    of names: [String]
  ) async -> (resolved: [String: [IPAddress]], failed: [(name: String, reason: String)]) {
    guard !names.isEmpty else { return ([:], []) }
    do {
      let answer = try await NIOThreadPool.singleton.runIfActive { HostNames.resolve(names) }
      return (answer.resolved, answer.failed)
    } catch {
      return ([:], names.map { ($0, "the resolver is shutting down") })
    }
  }
}
