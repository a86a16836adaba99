internal import CoordinatorCore
internal import CoordinatorServices
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Model
internal import Wire

/// Who may use the operator's routes of a listener.
package enum OperatorAccess: Sendable {
  /// Holders of an API token.
  case token
  /// Whoever reaches the listener: the coordinator's own Unix socket, which only its user and root can open.
  case everybody
}

struct OperatorAuthentication: RouterMiddleware {
  typealias Context = APIContext

  let access: AccessService
  let rule: OperatorAccess

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var context = context
    switch rule {
    case .everybody: context.principal = .local
    case .token:
      guard let token = request.bearerToken ?? request.feedPassword,
        let principal = try await access.principal(token: token)
      else {
        throw Problem(.unauthenticated, detail: "a valid API token is needed: Authorization: Bearer TOKEN")
      }
      context.principal = principal
    }
    return try await next(request, context)
  }
}

struct AgentAuthentication: RouterMiddleware {
  typealias Context = APIContext

  let fleet: FleetService

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let unknown = Problem(
      .unauthenticated, detail: "this agent is not enrolled, or was removed; enrol it with a join token")
    guard let secret = request.bearerToken, let agent = try await fleet.agent(secret: secret) else { throw unknown }
    // A run introduces itself by what it says, not by its header.
    if !request.uri.path.hasSuffix("/hello") {
      try fleet.demandIdentity(run: request.periplusRun, of: agent)
    }
    var context = context
    context.agent = agent
    context.confirmAgent = { [fleet] in
      guard try await fleet.agent(secret: secret)?.id == agent.id else { throw unknown }
    }
    return try await next(request, context)
  }
}

extension Request {
  /// The run of the agent that asks; nil: an earlier agent, which does not say.
  var periplusRun: String? { headers[.periplusRun].map { String($0.prefix(100)) } }

  /// The credential of `Authorization: Bearer …` (RFC 6750, 2.1).
  var bearerToken: String? {
    guard let header = headers[.authorization], header.count < 512 else { return nil }
    let parts = header.split(separator: " ", omittingEmptySubsequences: true)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1])
  }
}

extension Request {
  /// Feed readers know no bearer tokens: of the feed, the token may be the password of `Authorization: Basic …` (RFC 7617, 2).
  fileprivate var feedPassword: String? {
    guard method == .get, uri.path == OperatorAPI.basePath + "/" + FeedRoutes.path,
      let header = headers[.authorization], header.count < 512
    else { return nil }
    let parts = header.split(separator: " ", omittingEmptySubsequences: true)
    guard parts.count == 2, parts[0].lowercased() == "basic", let octets = Data(base64Encoded: String(parts[1])),
      let text = String(validating: octets, as: UTF8.self), let colon = text.firstIndex(of: ":")
    else { return nil }
    return String(text[text.index(after: colon)...])
  }
}

extension APIContext {
  /// Who asks, if the role suffices; throws a `Problem` otherwise.
  func require(_ role: AccessRole) throws -> AccessService.Principal {
    guard let principal else { throw Problem(.unauthenticated, detail: "a valid API token is needed") }
    guard principal.role >= role else {
      throw Problem(
        .forbidden, detail: "this needs the role \(role.rawValue); the token has \(principal.role.rawValue)")
    }
    return principal
  }

  /// As `require`, for what concerns every site.
  func requireEverySite(_ role: AccessRole) throws -> AccessService.Principal {
    let principal = try require(role)
    guard principal.site == nil else {
      throw Problem(.forbidden, detail: "this concerns every site; the token is for one")
    }
    return principal
  }

  func requireAgent() throws -> AgentRecord {
    guard let agent else { throw Problem(.unauthenticated, detail: "this agent is not enrolled") }
    return agent
  }
}

extension HTTPField.Name {
  /// A name that is a constant of ours and a token of HTTP (RFC 9110, 5.6.2).
  static var periplusRun: HTTPField.Name {
    guard let name = HTTPField.Name(AgentProtocol.runHeader) else {
      preconditionFailure("the run's header is a field name")
    }
    return name
  }
}
