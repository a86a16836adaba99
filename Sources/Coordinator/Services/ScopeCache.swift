internal import CoordinatorCore
internal import Model
internal import Synchronization

/// Each site's rules made ready, so that not every job of a fleet parses them anew. Rules are never changed in place.
final class ScopeCache: Sendable {
  private struct Entry {
    let mark: ScopeMark
    /// The first time at which one of the rules ends.
    let until: Timestamp?
    let scope: AuthorisedScope
  }

  private let services: ServiceNames
  private let entries = Mutex<[SiteID: Entry]>([:])

  init(services: ServiceNames) { self.services = services }

  /// The rules in force at `time`. Throws what the store throws, and an `ExpressionError` as `AuthorisedScope` does.
  func scope(of site: SiteID, at time: Timestamp, in session: any ReadSession) throws -> AuthorisedScope {
    let mark = try session.scopeMark()
    let known = entries.withLock { $0[site] }
    if let known, known.mark == mark, known.until.map({ time < $0 }) ?? true { return known.scope }
    let rules = try session.scopeRules()
    let scope = try AuthorisedScope(rules: rules, site: site, at: time, services: services)
    let until = rules.compactMap(\.until).filter { $0 > time }.min()
    entries.withLock { $0[site] = Entry(mark: mark, until: until, scope: scope) }
    return scope
  }
}
