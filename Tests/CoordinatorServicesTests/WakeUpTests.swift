import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// Work reaches the one of many waiting agents that may do it. A wake-up that is lost would cost its whole wait, after which a
/// grant is nil; so nothing here depends on how long anything takes.
@Suite struct WakeUpTests {
  private typealias Granted = Task<LeaseService.Grant?, any Error>

  /// Requests that wait, entered in this order.
  private func wait(_ fleet: Fleet, _ agents: [AgentRecord], slot: LeaseSlot = .bulk) async -> [Granted] {
    var tasks: [Granted] = []
    for agent in agents {
      let count = fleet.context.askers.count
      tasks.append(
        Task {
          try await fleet.leases.grant(to: agent, slot: slot, probesPerSecond: nil, waiting: .seconds(600))
        })
      while fleet.context.askers.count == count { await Task.yield() }
    }
    return tasks
  }

  private func enrol(
    _ count: Int, as name: String, zone: String = "default", in fleet: Fleet
  ) async throws -> [AgentRecord] {
    try await (0..<count).asyncMap { try await fleet.enrol("\(name)\($0)", zone: zone) }
  }

  /// Ends the requests that are left to wait.
  private func end(_ waiting: [Granted]) async throws {
    for task in waiting { task.cancel() }
    for task in waiting {
      do { #expect(try await task.value == nil) } catch is CancellationError {}
    }
  }

  @Test("A job that comes back reaches the one agent that its placement admits, behind many that wait longer")
  func reachesTheAdmitted() async throws {
    try await Fleet.run { fleet async throws in
      let first = try await fleet.enrol("lab1", tags: ["lab"])
      let second = try await fleet.enrol("lab2", tags: ["lab"])
      let others = try await enrol(20, as: "other", in: fleet)
      _ = try await fleet.submit {
        $0.tags = ["lab"]
        $0.maximumJobs = 1
      }
      let grant = try #require(try await fleet.grant(first))
      let waiting = await wait(fleet, others)
      let admitted = await wait(fleet, [second])
      try await fleet.finish(grant, by: first, as: .returned, chunks: 0)
      #expect(try await admitted[0].value != nil)
      try await end(waiting)
    }
  }

  @Test(
    "What a limit held back is given out once the limit is gone, to a request that waits already",
    arguments: [true, false])
  func limitsLetGo(isOfSite: Bool) async throws {
    try await Fleet.run { fleet async throws in
      let agents = try await enrol(2, as: "agent", in: fleet)
      let (rule, _) = try await fleet.access.addScopeRule(
        .limit, networks: ["10.0.0.0/8"], name: "slow", note: "old switches", site: isOfSite ? "default" : nil,
        ports: nil, maximumJobs: 1, until: nil)
      _ = try await fleet.submit()
      #expect(try await fleet.grant(agents[0]) != nil)
      let waiting = await wait(fleet, [agents[1]])
      try await fleet.access.removeScopeRule(rule.id)
      #expect(try await waiting[0].value != nil)
    }
  }

  @Test("Work of one zone is found where agents of other zones were called first")
  func reachesTheZone() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await enrol(10, as: "inner", zone: "inner", in: fleet)
      let middle = try await enrol(10, as: "middle", zone: "middle", in: fleet)
      let outer = try await enrol(2, as: "outer", zone: "outer", in: fleet)
      _ = try await fleet.submit(zones: ["outer"]) { $0.maximumJobs = 1 }
      let grant = try #require(try await fleet.grant(outer[0]))
      let waiting = await wait(fleet, inner + middle)
      let admitted = await wait(fleet, [outer[1]])
      try await fleet.finish(grant, by: outer[0], as: .returned, chunks: 0)
      #expect(try await admitted[0].value != nil)
      try await end(waiting)
    }
  }

  @Test("What is no express job reaches an agent that waits with its bulk slot")
  func reachesTheBulkSlot() async throws {
    try await Fleet.run { fleet async throws in
      let working = try await enrol(4, as: "working", in: fleet)
      let idle = try await fleet.enrol("idle")
      _ = try await fleet.submit { $0.maximumJobs = 4 }
      var grants: [LeaseService.Grant] = []
      for agent in working { grants.append(try #require(try await fleet.grant(agent))) }
      let waiting = await wait(fleet, working, slot: .express)
      let admitted = await wait(fleet, [idle])
      try await fleet.finish(grants[0], by: working[0], as: .returned, chunks: 0)
      #expect(try await admitted[0].value != nil)
      try await end(waiting)
    }
  }

  @Test("A lease that ran out is taken up by an agent of its zone, whoever waits elsewhere")
  func reapsIntoTheZone() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await enrol(10, as: "inner", zone: "inner", in: fleet)
      let outer = try await enrol(2, as: "outer", zone: "outer", in: fleet)
      _ = try await fleet.submit(zones: ["outer"]) { $0.maximumJobs = 1 }
      #expect(try await fleet.grant(outer[0]) != nil)
      let waiting = await wait(fleet, inner)
      let admitted = await wait(fleet, [outer[1]])
      fleet.clock.advance(by: .seconds(3_600))
      try await fleet.reaper.sweep()
      #expect(try await admitted[0].value != nil)
      try await end(waiting)
    }
  }

  @Test("A zone's new bounds, a lifted halt, and an agent that is no longer drained end the waits that they are about")
  func reachesThoseConcerned() async throws {
    try await Fleet.run { fleet async throws in
      let inner = try await enrol(20, as: "inner", zone: "inner", in: fleet)
      let outer = try await enrol(3, as: "outer", zone: "outer", in: fleet)
      try await fleet.places.setBounds(of: outer[0].zone, probesPerSecond: nil, maximumJobs: 1)
      _ = try await fleet.submit(zones: ["outer"])
      #expect(try await fleet.grant(outer[0]) != nil)
      let waiting = await wait(fleet, inner)
      let bounded = await wait(fleet, [outer[1]])
      try await fleet.places.setBounds(of: outer[0].zone, probesPerSecond: nil, maximumJobs: nil)
      #expect(try await bounded[0].value != nil)

      try await fleet.halts.halt(site: nil, zone: nil, note: "an incident", by: .local)
      let halted = await wait(fleet, [outer[2]])
      _ = try await fleet.halts.unhalt(site: nil, zone: nil, by: .local)
      let grant = try #require(try await halted[0].value)
      try await fleet.finish(grant, by: outer[2], as: .returned, chunks: 0)

      try await fleet.places.setDrained(outer[2].id, true)
      let agents = try await fleet.context.store.read { try $0.agents(includingRemoved: false) }
      let drained = await wait(fleet, agents.filter { $0.id == outer[2].id })
      try await fleet.places.setDrained(outer[2].id, false)
      #expect(try await drained[0].value != nil)
      try await end(waiting)
    }
  }

  @Test("A request that ends without having looked hands its wake-up on")
  func handsOnWhatItDidNotUse() async throws {
    try await Fleet.run { fleet async throws in
      let first = try await fleet.enrol("a")
      let second = try await fleet.enrol("b")
      let ticket = fleet.context.askers.enter(AskingAgent(agent: first, slot: .bulk))
      let waiting = fleet.context.askers.enter(AskingAgent(agent: second, slot: .bulk))
      fleet.context.offerWork(in: first.site, zone: nil, to: 1)
      let call = try #require(fleet.context.askers.leave(ticket))
      fleet.context.passOn(call)
      #expect(fleet.context.askers.leave(waiting) != nil)
    }
  }
}
