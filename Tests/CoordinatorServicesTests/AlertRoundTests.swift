import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// From the feed of notices to the outbox.
@Suite struct AlertRoundTests {
  private func prepare(_ fleet: Fleet, _ change: (inout AlertService.Draft) -> Void = { _ in }) async throws {
    let receivers = ReceiverService(context: fleet.context, courier: RecordingCourier())
    for name in ["one", "two"] { _ = try await receivers.add(.syslog, named: name, ReceiverDraft()) }
    var draft = AlertService.Draft()
    draft.receivers = ["one", "two"]
    change(&draft)
    _ = try await AlertService(context: fleet.context).add(named: "alert", draft)
  }

  private func append(_ fleet: Fleet, _ kind: NoticeKind, hosts: ClosedRange<UInt32>) async throws {
    let now = fleet.clock.now
    try await fleet.context.queue.commit { session in
      try session.append(
        hosts.map { host in
          ChangeNotice(
            kind: kind, site: SiteID(1), zone: ZoneID(1), address: IPAddress(ipv4: 0x0a00_0000 + host),
            endpoint: ProtocolPort(.tcp, 80), before: "open", after: "closed", observedAt: now, acceptedAt: now)
        })
    }
  }

  private func deliveries(_ fleet: Fleet) async throws -> [DeliveryRecord] {
    try await fleet.context.store.read { try $0.deliveries(in: nil, before: nil, limit: 1_000) }
  }

  @Test("A /24 that goes down in pieces is one message to each receiver, once it has been quiet for a while")
  func gathersNetwork() async throws {
    try await Fleet.run { fleet async throws in
      try await prepare(fleet)
      let rounds = AlertRounds(context: fleet.context)
      for start in stride(from: UInt32(1), through: 241, by: 16) {
        try await append(fleet, .closed, hosts: start...min(start + 15, 254))
        try await rounds.round()
        fleet.clock.advance(by: .seconds(3))
      }
      #expect(try await deliveries(fleet).isEmpty)
      fleet.clock.advance(by: .seconds(10))
      try await rounds.round()
      let found = try await deliveries(fleet)
      #expect(found.map(\.receiverName).sorted() == ["one", "two"])
      #expect(Set(found.map(\.message.id)).count == 1)
      #expect(found.first?.message.count == 254)
      #expect(found.first?.message.hostCount == 254)
      try await rounds.round()
      #expect(try await deliveries(fleet).count == 2)
      #expect(try await fleet.context.store.read { try $0.notices(after: 0, limit: 10) }.isEmpty)
    }
  }

  @Test("Wherever it is stopped between two transactions, the same notices make one message of the same name")
  func survivesRestarts() async throws {
    var names: Set<String> = []
    for stops in 0..<4 {
      let folder = try TemporaryFolder()
      let (path, clock) = (folder.path("periplus.sqlite"), TestClock())
      try await Fleet.run(path: path, clock: clock) { fleet async throws in
        try await prepare(fleet)
        try await append(fleet, .closed, hosts: 1...20)
      }
      for _ in 0..<stops {
        try await Fleet.run(path: path, clock: clock) { try await AlertRounds(context: $0.context).round() }
      }
      for _ in 0...(stops + 1) {
        clock.advance(by: .seconds(60))
        try await Fleet.run(path: path, clock: clock) { try await AlertRounds(context: $0.context).round() }
      }
      try await Fleet.run(path: path, clock: clock) { fleet async throws in
        let found = try await deliveries(fleet)
        #expect(found.count == 2)
        names.formUnion(found.map(\.message.id))
      }
    }
    #expect(names.count == 1)
  }

  @Test("Digests wait for their span, and quiet hours for their end")
  func waits() async throws {
    try await Fleet.run { fleet async throws in
      try await prepare(fleet) { draft in draft.digestSeconds = 3_600 }
      let rounds = AlertRounds(context: fleet.context)
      try await append(fleet, .closed, hosts: 1...1)
      try await rounds.round()
      fleet.clock.advance(by: .seconds(3_599))
      try await append(fleet, .opened, hosts: 2...2)
      try await rounds.round()
      #expect(try await deliveries(fleet).isEmpty)
      fleet.clock.advance(by: .seconds(1))
      try await rounds.round()
      #expect(try await deliveries(fleet).first?.message.counts == ["closed": 1, "opened": 1])
    }
  }

  @Test("A paused alert gathers nothing, and an alert that is removed takes its groups with it")
  func stops() async throws {
    try await Fleet.run { fleet async throws in
      try await prepare(fleet)
      let alerts = AlertService(context: fleet.context)
      let rounds = AlertRounds(context: fleet.context)
      let id = try #require(try await alerts.alerts().alerts.first?.id)
      try await append(fleet, .closed, hosts: 1...1)
      try await rounds.round()
      try await alerts.remove(id)
      fleet.clock.advance(by: .seconds(60))
      try await rounds.round()
      #expect(try await deliveries(fleet).isEmpty)
      // Nobody wants anything any more.
      try await append(fleet, .closed, hosts: 1...1)
      #expect(try await fleet.context.store.read { try $0.notices(after: 0, limit: 10) }.isEmpty)
    }
  }

  @Test("A silent agent is told once, and that it is back once")
  func tellsSilence() async throws {
    try await Fleet.run { fleet async throws in
      try await prepare(fleet) { draft in
        draft.kinds = ["agent-silent", "agent-back"]
        draft.waitSeconds = 0
      }
      let agent = try await fleet.enrol("a")
      try await fleet.hello(agent)
      let watch = SourceWatch(context: fleet.context)
      let rounds = AlertRounds(context: fleet.context)
      for step in 0..<6 {
        if step >= 4 { try await fleet.hello(agent) }
        for _ in 0..<2 {
          try await watch.lookAtAgents()
          // After a restart nothing is told again.
          try await SourceWatch(context: fleet.context).lookAtAgents()
          try await rounds.round()
        }
        fleet.clock.advance(by: .seconds(60))
      }
      let told = try await deliveries(fleet).filter { $0.receiverName == "one" }.map(\.message.counts)
      #expect(told == [["agent-back": 1], ["agent-silent": 1]])
    }
  }

  @Test("A scan that ends without having looked at everything is told")
  func tellsFailedScans() async throws {
    try await Fleet.run { fleet async throws in
      try await prepare(fleet) { draft in draft.kinds = ["scan-failed"] }
      let scan = try await fleet.submit { $0.maximumDuration = .seconds(60) }
      let agent = try await fleet.enrol("a")
      _ = try await fleet.grant(agent)
      fleet.clock.advance(by: .seconds(61))
      try await fleet.reaper.sweep()
      try await AlertRounds(context: fleet.context).round()
      fleet.clock.advance(by: .seconds(11))
      try await AlertRounds(context: fleet.context).round()
      let message = try #require(try await deliveries(fleet).first?.message)
      #expect(message.entries.first?.scan == scan)
      #expect(message.title == "scan-failed \(scan) (incomplete)")
    }
  }
}
