internal import CoordinatorCore
internal import FoundationEssentials
internal import Hummingbird
internal import Logging
internal import Wire

/// Turns whatever a route throws into `application/problem+json`. Statements, paths and the like never leave the process:
/// an error that is not meant for the client is logged and answered as an internal one.
struct ProblemMiddleware: RouterMiddleware {
  typealias Context = APIContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      let problem = Self.problem(for: error)
      if problem.code == .internalError {
        context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      }
      var response = try Self.response(problem)
      // Feed readers ask their users for a password when they are asked for one (RFC 7617, 2), and never else.
      if problem.code == .unauthenticated, request.uri.path == OperatorAPI.basePath + "/" + FeedRoutes.path {
        response.headers[.wwwAuthenticate] = #"Basic realm="periplus", charset="UTF-8""#
      }
      return response
    }
  }

  static func response(_ problem: Problem) throws -> Response {
    var response = try JSONResponse.make(problem, status: .init(code: problem.status))
    response.headers[.contentType] = "application/problem+json"
    if problem.code == .unauthenticated { response.headers[.wwwAuthenticate] = "Bearer" }
    switch problem.code {
    // Some of those that are turned away together come back sooner than others.
    case .overloaded, .tooManyRequests: response.headers[.retryAfter] = String(Int.random(in: 2...10))
    case .storageFull: response.headers[.retryAfter] = String(Int.random(in: 10...30))
    default: break
    }
    return response
  }

  static func problem(for error: any Error) -> Problem {
    switch error {
    case let problem as Problem: problem
    case let refusal as Refusal: Problem(refusal)
    // Whoever asked has gone away; nobody reads this.
    case is CancellationError: Problem(.overloaded, detail: "the request was given up")
    case let error as StoreError where error.code == .full: Problem(.storageFull, detail: error.message)
    case let error as HTTPError: Problem(error)
    // A body that outgrows the bound while it is read is an error of NIO's, not the framework's own.
    case let error as any HTTPResponseError where error.status == .contentTooLarge: .bodyTooLarge
    default: Problem(.internalError, detail: "the coordinator's log says more")
    }
  }
}

extension Problem {
  fileprivate init(_ refusal: Refusal) {
    let code: ProblemCode =
      switch refusal.code {
      case .badRequest: .badRequest
      case .invalidValue: .invalidValue
      case .notFound: .notFound
      case .conflict: .conflict
      case .leaseLost: .leaseLost
      case .forbidden: .forbidden
      case .outOfScope: .outOfScope
      case .confirmationNeeded: .confirmationNeeded
      case .unsupportedVersion: .unsupportedVersion
      case .shuttingDown, .overloaded: .overloaded
      case .duplicateAgent: .duplicateAgent
      case .introductionNeeded: .introductionNeeded
      }
    let places = refusal.pointer.map { pointer in
      pointer.hasPrefix("/")
        ? [Place(detail: refusal.message, pointer: pointer)] : [Place(detail: refusal.message, parameter: pointer)]
    }
    self.init(code, detail: refusal.message, errors: places)
  }

  fileprivate static var bodyTooLarge: Problem {
    Problem(.bodyTooLarge, detail: "the body is larger than \(WireLimits.bodyBytes) bytes")
  }

  /// What the framework itself refuses: unknown paths, bodies beyond the bound.
  fileprivate init(_ error: HTTPError) {
    switch error.status {
    case .contentTooLarge: self = .bodyTooLarge
    case .notFound: self.init(.notFound, detail: "there is nothing at this path")
    case .methodNotAllowed: self.init(.notFound, detail: "this path does not take that method")
    default: self.init(.badRequest, detail: error.body ?? "the request cannot be read")
    }
  }
}
