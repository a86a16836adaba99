package import Hummingbird

/// Answers each request in a task of its own, which ends with it.
///
/// A connection's task lives as long as the connection, and keeps whatever stack its deepest request ever took (a task's allocator
/// gives nothing back before its end): 31 KiB of the 48 that each of ten thousand agents' idle connections cost.
package struct ApartResponder<Base: HTTPResponder>: HTTPResponder where Base.Context: Sendable {
  private let base: Base

  package init(_ base: Base) { self.base = base }

  @Sendable package func respond(to request: Request, context: Base.Context) async throws -> Response {
    async let response = base.respond(to: request, context: context)
    return try await response
  }
}
