internal import CoordinatorCore
internal import CoordinatorServices
package import Hummingbird
internal import NIOCore
internal import Wire

/// What a request carries through the router: the bound on its body, and who asks.
package struct APIContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Set by the authentication of the operator's routes.
  var principal: AccessService.Principal?
  /// Set by the authentication of the agents' routes.
  var agent: AgentRecord?

  /// Whether whoever asks can still be answered: a connection that is gone reads nothing.
  let isConnected: @Sendable () -> Bool

  package init(source: Source) {
    coreContext = .init(source: source)
    // A channel that never was active is a test's, which has no peer that could go away.
    let channel = source.channel
    let isReal = channel.isActive
    isConnected = { !isReal || ConnectionWatch.isOpen(channel) }
  }

  package var maxUploadSize: Int { WireLimits.bodyBytes }
}
