import Model
import QueryPlans

@testable import CoordinatorCore
@testable import CoordinatorStore

/// A store in a file of its own, with one agent, and ways to put typical records into it.
struct StoreFixture: Sendable {
  static let start = Timestamp(milliseconds: 1_700_000_000_000)
  static let deadline = start + .seconds(1_800)
  static let site = SiteID(1)
  static let zone = ZoneID(1)

  let folder: TemporaryFolder
  let store: any CoordinatorStore
  let agent: AgentID

  init() async throws {
    folder = try TemporaryFolder()
    store = try SQLiteStore(path: folder.path("periplus.sqlite"), watch: PlanWatch())
    agent = try await store.change { try $0.insertAgent(Self.newAgent("first")) }
  }

  static func newAgent(_ name: String) -> NewAgent {
    NewAgent(
      name: name, site: site, zone: zone, installation: "installation-\(name)", duties: [.scan, .inventory],
      tags: ["a", "b"], version: "1.0", hostName: "\(name).example", operatingSystem: "Linux",
      secretHash: Array("hash of \(name)".utf8), enrolledAt: start)
  }

  static func request(hostCount: UInt128 = 16, portCount: Int = 4) -> ScanRequest {
    ScanRequest(
      targets: "10.0.0.0/28", exclusions: "", space: "10.0.0.0/28", ports: "T:1-4", hostCount: hostCount,
      portCount: portCount, timing: nil, rate: nil, ratePerAgent: nil, ratePerHost: nil, priority: 0,
      maximumDuration: nil, name: nil, note: nil)
  }

  static func insertScan(_ session: any WriteSession, _ request: ScanRequest = request()) throws -> ScanID {
    try session.insertScan(request, site: site, submittedBy: "token:1", at: start)
  }

  static func insertLane(_ session: any WriteSession, zone: ZoneID? = nil) throws -> LaneID {
    try session.insertLane(scan: try insertScan(session), zone: zone, seed: 1)
  }

  /// A job with a running lease of epoch 1.
  static func insertLeasedJob(
    _ session: any WriteSession, agent: AgentID, lane: LaneID? = nil, expiresAt: Timestamp = start + .seconds(30)
  ) throws -> JobID {
    let lane = try lane ?? insertLane(session)
    let job = try session.insertJob(lane: lane, rectangles: [WorkRectangle(hosts: 0..<16, ports: 0..<4)])
    try session.insertLease(
      LeaseRecord(
        job: job, epoch: 1, agent: agent, tokenHash: [1, 2, 3], grantedAt: start, expiresAt: expiresAt,
        deadline: deadline, endedAt: nil, finish: nil))
    return job
  }
}
