import CoordinatorServices
import CoordinatorStore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Model
import QueryPlans
import Testing
import Wire

@testable import CoordinatorHTTP

/// Health, figures, admission, hello, and the operator's orders.
@Suite struct FleetRouteTests {
  private func hello(_ run: String, on machine: String = "m") throws -> [UInt8] {
    Array(
      try JSONEncoder().encode(
        HelloRequest(
          run: run, machine: machine, version: "9.9", hostName: "host-\(machine)", operatingSystem: "Linux",
          capabilities: ["ipv6", "from the future"], now: Timestamp(milliseconds: 1_700_000_007_000), spool: nil)))
  }

  private func run(_ name: String) -> HTTPFields { [.contentType: "application/json", .periplusRun: name] }

  @Test("Everybody may ask whether it lives and can work; figures are for viewers")
  func tellsHealth() async throws {
    try await API.run { api async throws in
      for path in ["/livez", "/readyz"] {
        let answer = try await api.send(.get, path, headers: [.authorization: ""])
        #expect(answer.status == 200 && String(decoding: answer.body, as: UTF8.self) == "ok\n")
      }
      #expect(try await api.send(.get, "/metrics", headers: [.authorization: ""]).status == 401)
      let answer = try await api.send(.get, "/metrics", token: try await api.token(.viewer))
      #expect(answer.status == 200 && answer.contentType?.hasPrefix("text/plain; version=0.0.4") == true)
      let text = String(decoding: answer.body, as: UTF8.self)
      #expect(text.contains("periplus_build_info{version=\"1.2.3\"} 1.0\n"))
      #expect(text.contains("periplus_jobs{state=\"leased\"} 0.0\n"))
      #expect(text.contains("periplus_commit_changes_bucket{le=\"+Inf\"}"))
      // Every sample has its type told before it, and every name but once.
      var names: [Substring] = []
      for line in text.split(separator: "\n") {
        if line.hasPrefix("# TYPE") { names.append(line.split(separator: " ")[2]) }
        if !line.hasPrefix("#") { #expect(names.last.map { line.hasPrefix($0) } == true, "\(line)") }
      }
      #expect(Set(names).count == names.count)
    }
  }

  @Test("While the store takes no changes, it is not ready, but lives")
  func tellsUnreadiness() async throws {
    let folder = try TemporaryFolder()
    let store = try SQLiteStore(path: folder.path("periplus.sqlite"), watch: PlanWatch())
    let queue = CommitQueue(store: store)
    let context = FleetContext(
      store: store, queue: queue, clock: TestClock(), settings: FleetSettings(), services: .builtIn)
    let router = CoordinatorRouter(
      version: "1", context: context, scans: ScanService(context: context, resolver: NamedHosts()),
      courier: SilentCourier()
    ).router(operators: .token)
    let ended = Task { try await queue.run() }
    ended.cancel()
    try await ended.value
    try await Application(router: router).test(.router) { client in
      for (path, expected) in [("/livez", 200), ("/readyz", 503)] {
        let status = try await client.execute(uri: path, method: .get) { $0.status.code }
        #expect(status == expected, "\(path)")
      }
    }
    try store.close()
  }

  @Test("An agent says what it is; its version and what it can do are shown, and so is its clock's skew")
  func hears() async throws {
    try await API.run { api async throws in
      let agent = try await api.enrol("a")
      let answer = try await api.send(
        .post, "/agent/v1/hello", octets: try hello("1"), token: agent.secret,
        headers: [.contentType: "application/json"])
      let status = try answer.decoded(AgentStatus.self)
      #expect(status.protocolMinor == AgentProtocol.minorVersion && status.helloMilliseconds == 60_000)
      let row = try await api.get("agents/\(agent.id.rawValue)").decoded(AgentRow.self)
      #expect(row.version == "9.9" && row.hostName == "host-m" && row.capabilities == ["ipv6"])
      let skew = Timestamp(milliseconds: 1_700_000_007_000).milliseconds - api.clock.now.milliseconds
      #expect(row.clockSkewMilliseconds == Int(skew))
      #expect(row.presence == .online)
    }
  }

  @Test("A copy of an agent on another machine is refused by name once both are heard; an agent of before goes on")
  func refusesCopies() async throws {
    try await API.run { api async throws in
      let agent = try await api.enrol("a")
      func ask(_ name: String) async throws -> API.Answer {
        try await api.send(.get, "/agent/v1/clock", token: agent.secret, headers: run(name))
      }
      func introduce(_ name: String, on machine: String) async throws -> API.Answer {
        try await api.send(
          .post, "/agent/v1/hello", octets: try hello(name, on: machine), token: agent.secret, headers: run(name))
      }
      #expect(try await introduce("1", on: "x").status == 200)
      #expect(try await ask("2").problem().code == .introductionNeeded)
      #expect(try await introduce("2", on: "y").status == 200)
      #expect(try await ask("1").status == 200)
      let problem = try await ask("2").problem()
      #expect(problem.code == .duplicateAgent && problem.status == 409)
      #expect(problem.detail.contains("agent:1 \"a\" runs on host-x"))
      #expect(try await introduce("3", on: "y").problem().code == .duplicateAgent)
      #expect(
        try await api.get("agents/\(agent.id.rawValue)").decoded(AgentRow.self).duplicates == ["host-y"])
      #expect(try await api.send(.get, "/agent/v1/clock", token: agent.secret).status == 200, "it does not say")
    }
  }

  @Test("Too many at once are turned away with the word when to come again, and let in as time goes by")
  func admits() {
    let start = ContinuousClock.now
    let unpaced = Admission(bucket: .init(rate: 0.001, burst: 1), isPaced: { false }, measurements: Measurements())
    let paced = Admission(bucket: unpaced.bucket, isPaced: { true }, measurements: Measurements())
    #expect((0..<9).allSatisfy { _ in unpaced.admits() }, "nobody is turned away while the store keeps up")
    #expect((0..<9).filter { _ in paced.admits() } == [0])
    let bucket = Admission.Bucket(rate: 10, burst: 5, at: start)
    #expect((0..<6).map { _ in bucket.take(at: start) } == [true, true, true, true, true, false])
    #expect(bucket.take(at: start + .milliseconds(101)))
    #expect(!bucket.take(at: start + .milliseconds(102)))
    #expect((0..<6).map { _ in bucket.take(at: start + .seconds(60)) }.count { $0 } == 5)
  }

  @Test("Enrolment is let in at its pace; the rest is told to come again")
  func limitsEnrolment() async throws {
    let folder = try TemporaryFolder()
    let store = try SQLiteStore(path: folder.path("periplus.sqlite"), watch: PlanWatch())
    let queue = CommitQueue(store: store)
    let context = FleetContext(
      store: store, queue: queue, clock: TestClock(), settings: FleetSettings(enrolmentsPerSecond: 0.000_001),
      services: .builtIn)
    let router = CoordinatorRouter(
      version: "1", context: context, scans: ScanService(context: context, resolver: NamedHosts()),
      courier: SilentCourier()
    ).router(operators: .token)
    try await Application(router: router).test(.router) { client in
      let answer = try await client.execute(uri: "/agent/v1/enroll", method: .post) { response in
        (status: response.status.code, retryAfter: response.headers[.retryAfter])
      }
      #expect(answer.status == 429 && answer.retryAfter.flatMap { Int($0) } != nil)
    }
    try store.close()
  }

  @Test("Halting, pausing, draining and bounds over the API, each for the role that may")
  func takesOrders() async throws {
    try await API.run { api async throws in
      let agent = try await api.enrol("a")
      let viewer = try await api.token(.viewer)
      let operating = try await api.token(.operating)
      #expect(try await api.post("halt", #"{"note":"storm"}"#, token: viewer).status == 403)
      #expect(try await api.post("halt", #"{}"#, token: operating).problem().errors?.first?.pointer == "/note")
      let halts = try await api.post("halt", #"{"note":"storm"}"#, token: operating).decoded(Page<HaltRow>.self)
      #expect(halts.rows.map(\.note) == ["storm"] && halts.rows[0].site == nil)
      #expect(try await api.get("halts", token: viewer).decoded(Page<HaltRow>.self).rows == halts.rows)
      #expect(try await api.post("unhalt", "{}", token: operating).decoded(Page<HaltRow>.self).rows.isEmpty)
      #expect(try await api.post("unhalt", "{}", token: operating).status == 404)
      #expect(
        try await api.post("scans", #"{"targets":["127.0.0.1"],"maximumJobs":2}"#, token: operating).status == 201)
      let paused = try await api.send(.post, "/api/v1/scans/1/pause", token: operating).decoded(ScanRow.self)
      #expect(paused.state == .paused && paused.lanes?.first?.pendingReason == "the scan is paused")
      #expect(try await api.send(.post, "/api/v1/scans/1/pause", token: viewer).status == 403)
      #expect(
        try await api.send(.post, "/api/v1/scans/1/resume", token: operating).decoded(ScanRow.self).state == .queued)
      #expect(try await api.send(.post, "/api/v1/agents/1/drain", token: operating).status == 403)
      #expect(try await api.send(.post, "/api/v1/agents/1/drain").status == 200)
      _ = try await api.send(.get, "/agent/v1/clock", token: agent.secret)
      let zone = try await api.send(
        .put, "/api/v1/zones/1/bounds", octets: Array(#"{"rate":50}"#.utf8), headers: [.contentType: "application/json"]
      )
      #expect(try zone.decoded(ZoneRow.self).rate == 50)
      let limit = #"{"action":"limit","networks":["10.0.0.0/8"],"name":"slow","note":"n","rate":10}"#
      #expect(try await api.post("scope", limit).decoded(ScopeRuleRow.self).rate == 10)
      let bare = #"{"action":"limit","networks":["10.0.0.0/8"],"name":"none","note":"n"}"#
      #expect(try await api.post("scope", bare).problem().errors?.first?.pointer == "/rate")
      let allow = #"{"action":"allow","networks":["10.0.0.0/8"],"name":"x","note":"n","rate":10}"#
      #expect(try await api.post("scope", allow).status == 422)
    }
  }
}
