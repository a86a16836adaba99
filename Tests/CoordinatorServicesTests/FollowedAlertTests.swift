import CoordinatorCore
import Model
import Testing

@testable import CoordinatorServices

/// What an Alertmanager is told, and until when.
@Suite struct FollowedAlertTests {
  private func notice(_ kind: NoticeKind, host: UInt32, at time: Timestamp) -> ChangeNotice {
    ChangeNotice(
      kind: kind, site: SiteID(1), zone: ZoneID(1), address: IPAddress(ipv4: 0x0a00_0000 + host),
      endpoint: ProtocolPort(.tcp, 80), before: kind == .closed ? "open" : "closed",
      after: kind == .closed ? "closed" : "open", observedAt: time, acceptedAt: time)
  }

  /// An alert of closings to an Alertmanager, the notices of `kinds` at one-second steps, and then lanes that run until `isOver`.
  private func tell(
    _ notices: [(NoticeKind, ClosedRange<UInt32>)], courier: RecordingCourier,
    until isOver: @escaping ([AlertmanagerAlert]) -> Bool, then: [(NoticeKind, ClosedRange<UInt32>)] = []
  ) async throws {
    try await Fleet.run { fleet async throws in
      let receivers = ReceiverService(context: fleet.context, courier: courier)
      var draft = ReceiverDraft()
      draft.url = "http://192.0.2.1:9093"
      _ = try await receivers.add(.alertmanager, named: "am", draft)
      var alert = AlertService.Draft()
      alert.receivers = ["am"]
      alert.kinds = ["closed"]
      alert.waitSeconds = 0
      alert.grouping = .alert
      _ = try await AlertService(context: fleet.context).add(named: "down", alert)
      let rounds = AlertRounds(context: fleet.context)
      func append(_ list: [(NoticeKind, ClosedRange<UInt32>)]) async throws {
        for (kind, hosts) in list {
          let now = fleet.clock.now
          let notices = hosts.map { notice(kind, host: $0, at: now) }
          try await fleet.context.queue.commit { try $0.append(notices) }
          try await rounds.round()
          fleet.clock.advance(by: .seconds(1))
        }
      }
      try await append(notices)
      let lanes = DeliveryLanes(context: fleet.context, courier: courier)
      let running = Task { try await lanes.run() }
      let end = ContinuousClock.now + .seconds(60)
      var isTold = false
      while !isOver(courier.resent), ContinuousClock.now < end {
        if !courier.resent.isEmpty, !isTold {
          isTold = true
          // What was sent has been noted before it can be over.
          while ContinuousClock.now < end,
            try await fleet.context.store.read({ try $0.deliveries(in: .pending, before: nil, limit: 1) }).count > 0
          {
            try await Task.sleep(for: .milliseconds(5))
          }
          try await append(then)
        }
        context(fleet)
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(isOver(courier.resent))
      running.cancel()
      try await running.value
    }
  }

  private func context(_ fleet: Fleet) { fleet.context.outbox.fire() }

  private func isOver(_ alert: AlertmanagerAlert, _ courier: RecordingCourier) -> Bool {
    alert.endsAt - alert.startsAt < AlertmanagerAlert.life
  }

  @Test("What ended before it was told is told as over")
  func tellsWhatIsOver() async throws {
    let courier = RecordingCourier()
    try await tell([(.closed, 1...2), (.opened, 2...2)], courier: courier, until: { $0.count >= 2 })
    let alerts = courier.resent.sorted { $0.labels["instance"] ?? "" < $1.labels["instance"] ?? "" }
    #expect(alerts.map { isOver($0, courier) } == [false, true])
  }

  @Test("A network that went down is one alert, and over with the last that came back")
  func tellsOfWholeNetworks() async throws {
    let courier = RecordingCourier()
    try await tell(
      [(.closed, 1...254)], courier: courier,
      until: { $0.contains { $0.endsAt - $0.startsAt < AlertmanagerAlert.life } },
      then: [(.opened, 1...253), (.opened, 254...254)])
    let first = try #require(courier.resent.first)
    #expect(first.labels["subject"] == "10.0.0.0/24")
    #expect(first.labels["kind"] == "closed")
    #expect(first.annotations["summary"] == "254 closed on 254 hosts of 10.0.0.0/24")
    #expect(Set(courier.resent.map(\.fingerprint)).count == 1)
    #expect(!isOver(first, courier))
  }
}
