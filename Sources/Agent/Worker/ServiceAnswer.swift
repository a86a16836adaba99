package import Model

/// What came of asking an endpoint which service it is. An identity is large and rare, an observation small and frequent:
/// the one stands apart from the other.
package final class ServiceAnswer: Sendable {
  /// Nil: the service was asked and showed nothing.
  package let identity: ServiceIdentity?

  package init(_ identity: ServiceIdentity?) { self.identity = identity }
}
