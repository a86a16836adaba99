internal import CoordinatorCore
internal import CoordinatorServices
package import Hummingbird
internal import NIOCore
internal import Wire

/// What a request carries through the router: the bound on its body, and who asks.
package struct APIContext: RequestContext, Sendable {
  package var coreContext: CoreRequestContextStorage
  /// Set by the authentication of the operator's routes.
  var principal: AccessService.Principal?
  /// Set by the authentication of the agents' routes.
  var agent: AgentRecord?
  /// Set with the agent: throws a `Problem` where its secret has been replaced since. A body may come long after its head.
  var confirmAgent: (@Sendable () async throws -> Void)?

  /// Absent in tests without a network, which have no peer that could go away.
  private let channel: (any Channel)?

  package init(source: Source) {
    coreContext = .init(source: source)
    // A channel that never was active is a test's.
    channel = source.channel.isActive ? source.channel : nil
  }

  /// Tells from now on whether whoever asks still waits for the answer: one that is gone reads nothing.
  func watchPeer() -> @Sendable () -> Bool {
    guard let channel else { return { true } }
    let end = PeerWatch.End()
    channel.triggerUserOutboundEvent(end, promise: nil)
    return { channel.isActive && !end.hasCome }
  }

  /// Ends what is being answered; whoever asked learns that it is not whole.
  func closeConnection() { channel?.close(promise: nil) }

  package var maxUploadSize: Int { WireLimits.bodyBytes }
}
