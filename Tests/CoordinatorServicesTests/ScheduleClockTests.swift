import CoordinatorCore
import Model
import Schedules
import SeededRandom
import Testing

@testable import CoordinatorServices

/// Schedules by a clock that tests move: forwards, by hours of sleep, and set both ways.
@Suite struct ScheduleClockTests {
  private static func draft(
    _ expression: String, name: String = "x", timeZone: String = "UTC", policy: SchedulePolicy = SchedulePolicy()
  ) -> ScheduleService.Draft {
    var submission = ScanService.Submission(targets: ["10.0.0.1"])
    submission.ports = "80"
    var draft = ScheduleService.Draft(
      name: name, expression: expression, timeZone: timeZone, submission: submission)
    draft.policy = policy
    return draft
  }

  private func add(_ draft: ScheduleService.Draft, _ fleet: Fleet) async throws -> ScheduleID {
    try #require(try await fleet.schedules.save(draft, isDryRun: false, by: .local).status).record.id
  }

  private func slots(_ id: ScheduleID, _ fleet: Fleet) async throws -> [ScheduleSlot] {
    try await fleet.schedules.slots(of: id, before: nil, limit: 100_000).reversed()
  }

  private func settle(_ clock: ScheduleClock) async throws {
    while try await clock.tick() > 0 {}
  }

  /// What slots come to, without a cursor or an index: every planned time since the beginning is looked at, each time.
  private struct Model {
    let seconds: Int64
    let policy: SchedulePolicy
    var begin: Timestamp
    var outcomes: [Timestamp: SlotOutcome] = [:]
    var isRunning = false

    mutating func look(at now: Timestamp) {
      begin = min(begin, now)
      var pending: [Timestamp] = []
      var slot = (begin.milliseconds / 1_000 / seconds + 1) * seconds
      while slot * 1_000 <= now.milliseconds {
        let time = Timestamp(milliseconds: slot * 1_000)
        if outcomes[time] == nil { pending.append(time) }
        slot += seconds
      }
      guard let newest = pending.popLast() else { return }
      for missed in pending { outcomes[missed] = .missed }
      let late = now - newest
      if late > .seconds(30), late > policy.catchUp {
        outcomes[newest] = .missed
      } else if isRunning, policy.overlap == .skip {
        outcomes[newest] = .skipped
      } else {
        outcomes[newest] = late > .seconds(30) ? .caughtUp : .ran
        isRunning = true
      }
    }
  }

  @Test(
    "Through restarts, hours of sleep and a clock set both ways the slots equal the model's, each with one scan",
    arguments: 1...24)
  func equalsTheModel(seed: Int) async throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let seconds = Int64.random(in: 20...1_500, using: &random)
    let policy = SchedulePolicy(
      overlap: Bool.random(using: &random) ? .skip : .replace,
      catchUp: .seconds(Int.random(in: 0...7_200, using: &random)))
    try await Fleet.run { fleet async throws in
      let id = try await add(Self.draft("every \(seconds)s", policy: policy), fleet)
      var model = Model(seconds: seconds, policy: policy, begin: fleet.clock.now)
      var clock = ScheduleClock(context: fleet.context, scans: fleet.scans)
      var continuous = Duration.zero
      try await clock.mindTheClock(since: continuous)
      for _ in 0..<60 {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<12:
          let step = Duration.seconds(Int.random(in: 1...600, using: &random))
          fleet.clock.advance(by: step)
          continuous += step
        case 12..<14:
          let sleep = Duration.seconds(Int.random(in: 3_600...30_000, using: &random))
          fleet.clock.advance(by: sleep)
          continuous += sleep
        case 14: fleet.clock.advance(by: .seconds(Int.random(in: 10...20_000, using: &random)))
        case 15: fleet.clock.advance(by: .seconds(-Int.random(in: 10...20_000, using: &random)))
        case 16..<18:
          clock = ScheduleClock(context: fleet.context, scans: fleet.scans)
          continuous = .zero
          try await clock.mindTheClock(since: continuous)
          try await clock.lookAtAll()
        default:
          // The scan that runs ends.
          if let running = try await fleet.schedules.schedule(id).status.record.lastScan {
            try await fleet.scans.cancel(running)
            model.isRunning = false
          }
        }
        try await clock.mindTheClock(since: continuous)
        model.look(at: fleet.clock.now)
        try await settle(clock)
      }
      let slots = try await slots(id, fleet)
      #expect(
        slots.map { "\($0.slot) \($0.outcome)" }
          == model.outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })
      let scans = slots.compactMap(\.scan)
      #expect(Set(scans).count == scans.count)
      #expect(slots.allSatisfy { ($0.scan != nil) == [.ran, .caughtUp].contains($0.outcome) })
      let all = try await fleet.scans.scans(before: nil, limit: 10_000).scans
      #expect(Set(all.map(\.record.id)) == Set(scans), "every scan is some slot's")
    }
  }

  @Test(
    "A set time runs once on days on which the clock is set, forwards and back",
    arguments: [
      ("2027-03-27T12:00:00Z", ["2027-03-28T01:00:00.000Z", "2027-03-29T00:30:00.000Z"]),
      ("2027-10-30T12:00:00Z", ["2027-10-31T00:30:00.000Z", "2027-11-01T01:30:00.000Z"]),
    ])
  func runsOnceADay(start: String, expected: [String]) async throws {
    let zones = TimeZoneCache { _ in Fleet.berlin }
    try await Fleet.run(timeZones: zones) { fleet async throws in
      fleet.clock.advance(by: try #require(Timestamp(start)) - fleet.clock.now)
      let id = try await add(
        Self.draft("30 2 * * *", timeZone: "Europe/Berlin", policy: SchedulePolicy(overlap: .replace)), fleet)
      let clock = ScheduleClock(context: fleet.context, scans: fleet.scans)
      for _ in 0..<(42 * 60 * 4) {
        fleet.clock.advance(by: .seconds(15))
        try await clock.tick()
      }
      let slots = try await slots(id, fleet)
      #expect(slots.map(\.slot.description) == expected)
      #expect(slots.allSatisfy { $0.outcome == .ran })
    }
  }

  @Test("A year of absence is told in a bounded number of rows, which say how many more there were")
  func boundsRows() async throws {
    try await Fleet.run { fleet async throws in
      let id = try await add(Self.draft("* * * * *"), fleet)
      fleet.clock.advance(by: .seconds(300 * 86_400))
      let clock = ScheduleClock(context: fleet.context, scans: fleet.scans)
      try await settle(clock)
      let slots = try await slots(id, fleet)
      #expect(slots.count == 500 && slots.last?.outcome == .caughtUp || slots.last?.outcome == .ran)
      #expect(slots.first?.reason?.contains("and 431500 before it") == true, "\(slots.first?.reason ?? "")")
    }
  }

  @Test("Of a span that has passed millions of times no more is looked at than is written")
  func boundsLooks() async throws {
    try await Fleet.run { fleet async throws in
      let id = try await add(Self.draft("every 5s"), fleet)
      fleet.clock.advance(by: .seconds(300 * 86_400))
      try await settle(ScheduleClock(context: fleet.context, scans: fleet.scans))
      let slots = try await slots(id, fleet)
      #expect(slots.count == 500 && slots.last?.outcome == .ran)
      #expect(slots.first?.reason?.contains("before it") == true)
    }
  }

  @Test("What waits when its schedule is paused does not run when that is resumed")
  func endsWaiting() async throws {
    try await Fleet.run { fleet async throws in
      let id = try await add(Self.draft("every 60s", policy: SchedulePolicy(overlap: .queueOne)), fleet)
      let clock = ScheduleClock(context: fleet.context, scans: fleet.scans)
      for _ in 0..<2 {
        fleet.clock.advance(by: .seconds(60))
        _ = try await clock.tick()
      }
      #expect(try await slots(id, fleet).map(\.outcome) == [.ran, .waiting])
      try await fleet.schedules.setPaused(id, true)
      #expect(try await slots(id, fleet).map(\.outcome) == [.ran, .skipped])
    }
  }

  @Test(
    "A name server that does not answer holds up its own schedule alone; when it answers, that runs",
    .timeLimit(.minutes(20)))
  func waitsForNoNameServer() async throws {
    let gate = Signal()
    let quick = NamedHosts(known: [
      "slow.example": [IPAddress(ipv4: 0x0a00_0005)], "quick.example": [IPAddress(ipv4: 0x0a00_0006)],
    ])
    try await Fleet.run(resolver: quick) { fleet async throws in
      for (name, target) in [("slow", "slow.example"), ("quick", "quick.example"), ("plain", "10.0.0.1")] {
        var draft = Self.draft("every 1h", name: name)
        draft.submission.targets = [target]
        _ = try await add(draft, fleet)
      }
      var hosts = quick
      hosts.slow = ("slow.example", gate)
      let clock = ScheduleClock(context: fleet.context, scans: ScanService(context: fleet.context, resolver: hosts))
      fleet.clock.advance(by: .seconds(3_601))
      // The name is not answered before the gate opens: a clock that waited for it would not come back.
      try await settle(clock)
      func ran() async throws -> Set<String> {
        Set(
          try await fleet.schedules.schedules().schedules.filter { $0.lastSlot?.scan != nil }.map(\.record.name))
      }
      #expect(try await ran() == ["quick", "plain"])
      gate.fire()
      for _ in 0..<2_000 where try await ran().count < 3 {
        try await settle(clock)
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(try await ran() == ["slow", "quick", "plain"])
    }
  }

  @Test("A schedule of which blackouts of networks leave nothing waits for the first to end; of a part it runs")
  func waitsForNetworks() async throws {
    try await Fleet.run { fleet async throws in
      func blackout(_ name: String, _ networks: [String], hours: Int) async throws {
        let from = fleet.clock.now
        var draft = BlackoutService.Draft(name: name, window: .once(from: from, to: from + .seconds(hours * 3_600)))
        draft.networks = networks
        _ = try await fleet.blackouts.add(draft, by: .local)
      }
      var ids: [String: ScheduleID] = [:]
      for (name, targets) in [
        ("whole", ["10.0.0.0/30"]), ("part", ["10.0.0.0/29"]), ("two", ["10.0.0.0/30", "10.1.0.0/30"]),
      ] {
        var draft = Self.draft("every 1h", name: name, policy: SchedulePolicy(catchUp: .seconds(86_400)))
        draft.submission.targets = targets
        ids[name] = try await add(draft, fleet)
      }
      try await blackout("a", ["10.0.0.0/30"], hours: 2)
      try await blackout("b", ["10.1.0.0/16"], hours: 3)
      fleet.clock.advance(by: .seconds(3_601))
      let clock = ScheduleClock(context: fleet.context, scans: fleet.scans)
      try await settle(clock)
      func last(_ name: String) async throws -> ScheduleSlot? {
        try await slots(try #require(ids[name]), fleet).last
      }
      #expect(try await last("part")?.scan != nil)
      for name in ["whole", "two"] {
        #expect(try await last(name)?.outcome == .waiting)
        #expect(try await last(name)?.reason?.contains("\"a\"") == true)
      }
    }
  }

  @Test("Paused nothing is due; resumed it begins with what comes; expired nothing comes")
  func pausesAndExpires() async throws {
    try await Fleet.run { fleet async throws in
      let id = try await add(Self.draft("every 60s"), fleet)
      let clock = ScheduleClock(context: fleet.context, scans: fleet.scans)
      try await fleet.schedules.setPaused(id, true)
      fleet.clock.advance(by: .seconds(600))
      try await settle(clock)
      #expect(try await slots(id, fleet).isEmpty)
      try await fleet.schedules.setPaused(id, false)
      fleet.clock.advance(by: .seconds(60))
      try await settle(clock)
      #expect(try await slots(id, fleet).map(\.outcome) == [.ran])
      var draft = Self.draft("every 60s")
      draft.expiresAt = fleet.clock.now + .seconds(90)
      _ = try await fleet.schedules.save(draft, as: id, isDryRun: false, by: .local)
      fleet.clock.advance(by: .seconds(600))
      try await settle(clock)
      #expect(try await slots(id, fleet).count == 2)
      #expect(try await fleet.schedules.schedule(id).status.nextStart == nil)
    }
  }

  @Test("A slot that is written twice keeps its first word, and its scan is undone")
  func keepsSlots() async throws {
    try await Fleet.run { fleet async throws in
      let id = try await add(Self.draft("every 60s"), fleet)
      let slot = ScheduleSlot(
        slot: fleet.clock.now, outcome: .ran, reason: nil, decidedAt: fleet.clock.now)
      let (first, second) = try await fleet.context.queue.commit {
        (try $0.setSlot(slot, of: id), try $0.setSlot(slot, of: id))
      }
      #expect(first && !second)
      let clock = ScheduleClock(context: fleet.context, scans: fleet.scans)
      // Two clocks, as after a start that came too early: the second finds the slot decided.
      let other = ScheduleClock(context: fleet.context, scans: fleet.scans)
      fleet.clock.advance(by: .seconds(60))
      async let one = clock.tick()
      async let two = other.tick()
      _ = try await (one, two)
      #expect(try await slots(id, fleet).count == 2)
      #expect(try await fleet.scans.scans(before: nil, limit: 10).scans.count == 1)
    }
  }
}
