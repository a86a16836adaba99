import CoordinatorCore
import CoordinatorServices
import CoordinatorStore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Model
import NIOCore
import QueryPlans
import Testing
import Wire

@testable import CoordinatorHTTP

/// The coordinator's routes on a store of the test's own, spoken to without a socket.
struct API: Sendable {
  /// One answer, read.
  struct Answer {
    let status: Int
    let contentType: String?
    let body: Data

    /// The problem that it is; records an issue if it is none.
    func problem(sourceLocation: SourceLocation = #_sourceLocation) throws -> Problem {
      #expect(contentType == "application/problem+json", sourceLocation: sourceLocation)
      return try JSONDecoder().decode(Problem.self, from: body)
    }

    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
      try JSONDecoder().decode(type, from: body)
    }
  }

  let client: any TestClientProtocol
  let context: FleetContext
  let clock: TestClock
  /// Who asks unless a request says otherwise.
  let admin: String

  var access: AccessService { AccessService(context: context) }
  var fleet: FleetService { FleetService(context: context) }

  static func run(_ body: @Sendable @escaping (API) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    let store = try SQLiteStore(path: folder.path("periplus.sqlite"), watch: PlanWatch())
    let queue = CommitQueue(store: store)
    let clock = TestClock()
    let context = FleetContext(
      store: store, queue: queue, clock: clock, settings: FleetSettings(), services: .builtIn)
    let scans = ScanService(context: context, resolver: NamedHosts())
    let router = CoordinatorRouter(version: "1.2.3", context: context, scans: scans, courier: SilentCourier()).router(
      operators: .token)
    let running = Task { try await queue.run() }
    let outcome: Result<Void, any Error>
    do {
      let admin = try await AccessService(context: context).issue(
        .api(role: .admin, site: nil), expiresIn: nil, note: nil
      ).secret
      try await Application(router: router).test(.router) { client in
        try await body(API(client: client, context: context, clock: clock, admin: admin))
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    running.cancel()
    try await running.value
    try outcome.get()
    try store.close()
  }

  func send(
    _ method: HTTPRequest.Method, _ path: String, octets: [UInt8]? = nil, token: String? = nil,
    headers: HTTPFields = [:]
  ) async throws -> Answer {
    var headers = headers
    if headers[.authorization] == nil { headers[.authorization] = "Bearer \(token ?? admin)" }
    return try await client.execute(
      uri: path, method: method, headers: headers, body: octets.map { ByteBuffer(bytes: $0) }
    ) { response in
      Answer(
        status: response.status.code, contentType: response.headers[.contentType],
        body: Data(response.body.readableBytesView))
    }
  }

  func get(_ path: String, token: String? = nil) async throws -> Answer {
    try await send(.get, "/api/v1/" + path, token: token)
  }

  func post(_ path: String, _ json: String, token: String? = nil) async throws -> Answer {
    try await send(
      .post, "/api/v1/" + path, octets: Array(json.utf8), token: token, headers: [.contentType: "application/json"])
  }

  func token(_ role: AccessRole, site: String? = nil) async throws -> String {
    try await access.issue(.api(role: role, site: site), expiresIn: nil, note: nil).secret
  }

  func enrol(_ name: String, site: String? = nil) async throws -> (id: AgentID, secret: String) {
    let join = try await access.issue(
      .join(site: site ?? "default", zone: nil, createZone: false, duties: [.scan, .inventory], tags: [], uses: nil),
      expiresIn: nil, note: nil)
    let enrolled = try await fleet.enrol(
      .init(name: name, installation: "i", version: "1", hostName: name, operatingSystem: "Linux"),
      joinToken: join.secret)
    return (enrolled.agent.id, enrolled.secret)
  }
}
