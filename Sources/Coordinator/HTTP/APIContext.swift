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

  package init(source: Source) {
    coreContext = .init(source: source)
  }

  package var maxUploadSize: Int { WireLimits.bodyBytes }
}
