import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorServices

@Suite struct AgentPresenceTests {
  private static let start = Timestamp(milliseconds: 1_700_000_000_000)
  private let presence = AgentPresence(silenceAfter: .seconds(90))

  private func agent(_ number: Int64, tags: [String] = [], zone: Int64 = 1, drainedAt: Timestamp? = nil) -> AgentRecord
  {
    AgentRecord(
      id: AgentID(number), name: "a\(number)", site: SiteID(1), zone: ZoneID(zone), installation: "i",
      duties: [.scan], tags: tags, version: "1", hostName: "h", operatingSystem: "Linux", enrolledAt: Self.start,
      lastSeen: nil, removedAt: nil, inventoryAt: nil, probesPerSecond: nil, protocolMinor: 0, capabilities: nil,
      drainedAt: drainedAt)
  }

  private func count(_ zone: Int64? = nil, tags: [String] = [], after seconds: Int = 0) -> Int {
    presence.scanningAgents(
      site: SiteID(1), zone: zone.map { ZoneID($0) }, for: ScanPlacement(tags: tags), at: Self.start + .seconds(seconds)
    )
  }

  @Test("Agents that come, change, or leave are counted at once")
  func countsAtOnce() {
    #expect(count() == 0)
    _ = presence.heard(agent(1), at: Self.start)
    _ = presence.heard(agent(2, tags: ["dmz"], zone: 2), at: Self.start)
    #expect(count() == 2)
    #expect(count(2) == 1)
    #expect(count(tags: ["dmz"]) == 1)
    _ = presence.heard(agent(1, tags: ["dmz"]), at: Self.start)
    #expect(count(tags: ["dmz"]) == 2)
    _ = presence.heard(agent(2, tags: ["dmz"], zone: 2, drainedAt: Self.start), at: Self.start)
    #expect(count(tags: ["dmz"]) == 1)
    presence.forget(AgentID(1))
    #expect(count() == 0)
  }

  @Test("Agents that fall silent are noticed with the next count")
  func noticesSilence() {
    _ = presence.heard(agent(1), at: Self.start)
    #expect(count(after: 89) == 1)
    #expect(count(after: 90) == 0)
    _ = presence.heard(agent(1), at: Self.start + .seconds(91))
    #expect(count(after: 91) == 1)
  }
}
