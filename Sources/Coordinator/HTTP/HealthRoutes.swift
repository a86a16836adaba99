internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Whether the coordinator lives, whether it can work, and its figures.
struct HealthRoutes {
  let fleet: FleetService
  let version: String

  /// `/livez` and `/readyz` say nothing of the networks and are open to everybody; `group` asks for a viewer.
  func add(to router: Router<APIContext>, _ group: RouterGroup<APIContext>) {
    router.get("livez") { _, _ in Self.text("ok\n") }
    router.get("readyz", use: ready)
    group.get(use: metrics)
  }

  private static func text(_ text: String, _ contentType: String = "text/plain; charset=utf-8") -> Response {
    Response(
      status: .ok, headers: [.contentType: contentType], body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  /// A store that cannot be read or written is told as any route's would be: 503 or 507 with its reason.
  @Sendable private func ready(_ request: Request, _ context: APIContext) async throws -> Response {
    do {
      try await fleet.demandReady()
    } catch let problem as Problem {
      throw problem
    } catch {
      let problem = ProblemMiddleware.problem(for: error)
      throw problem.code == .internalError ? Problem(.overloaded, detail: "the store does not answer") : problem
    }
    return Self.text("ok\n")
  }

  @Sendable private func metrics(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try context.requireEverySite(.viewer)
    let text = MetricsText(try await fleet.figures(), fleet.measurements, version: version).text
    return Self.text(text, MetricsText.contentType)
  }
}
