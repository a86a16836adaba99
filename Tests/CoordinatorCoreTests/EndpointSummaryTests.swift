import Model
import Testing

@testable import CoordinatorCore

@Suite struct EndpointSummaryTests {
  private func view(
    _ zone: Int64, _ state: EndpointState, at time: Int64 = 10, isSelfView: Bool = false
  ) -> ZoneView {
    ZoneView(
      zone: ZoneID(zone), state: state, reason: state == .open ? .synAck : .noResponse, isSelfView: isSelfView,
      observedAt: Timestamp(milliseconds: time), job: nil, agent: AgentID(1))
  }

  private let listener = ListenerRecord(
    id: ListenerID(4), agent: AgentID(7),
    key: .init(transport: .tcp, address: .ipv4Unspecified, port: 22, interface: ""),
    content: ListenerContent(
      isIPv6Only: false, uid: 0, user: "root", inode: 1, processes: [ListeningProcess(pid: 1, name: "sshd")],
      ownerUnknownReason: nil, unit: nil),
    firstSeen: Timestamp(milliseconds: 1), lastSeen: Timestamp(milliseconds: 2))

  private func summary(_ views: [ZoneView], listener: ListenerRecord? = nil, insideAgent: AgentID? = nil)
    -> EndpointSummary
  {
    EndpointSummary(views: views, listener: listener, insideAgent: insideAgent, isLoopback: false)
  }

  @Test("The most exposed zone is shown, and the zones that see it otherwise are named")
  func showsMostExposed() {
    let views = [view(1, .filtered, at: 90), view(2, .open, at: 10), view(3, .closed, at: 50), view(4, .open, at: 5)]
    for order in [views, views.reversed()] {
      let row = summary(order, listener: listener, insideAgent: AgentID(7))
      #expect(row.zone == ZoneID(2))
      #expect(row.state == .open)
      #expect(row.verdict == .exposed)
      #expect(row.otherZones == [ZoneID(1), ZoneID(3)])
      #expect(row.listener == ListenerID(4))
    }
  }

  @Test("A real view is shown before a self view that is newer")
  func prefersViewsFromOutside() {
    let row = summary(
      [view(1, .open, at: 90, isSelfView: true), view(2, .open, at: 10)], listener: listener, insideAgent: AgentID(7))
    #expect(row.zone == ZoneID(2))
    #expect(row.verdict == .exposed)
    #expect(!row.isSelfView)
  }

  @Test("Equal exposure: the newest view is shown, then the zone that came first")
  func breaksTies() {
    #expect(summary([view(3, .open, at: 10), view(2, .open, at: 11)]).zone == ZoneID(2))
    #expect(summary([view(3, .open), view(2, .open)]).zone == ZoneID(2))
  }

  @Test("Where no zone has looked, the listener alone speaks")
  func speaksOfListenersAlone() {
    let row = summary([], listener: listener, insideAgent: AgentID(7))
    #expect(row.state == nil && row.zone == nil)
    #expect(row.verdict == .unverified)
    #expect(row.otherZones.isEmpty)
  }

  @Test("Closed, with nothing inside: there is no verdict, and open views win over it")
  func hasNoVerdictWithoutEvidence() {
    #expect(summary([view(1, .closed)], insideAgent: AgentID(7)).verdict == nil)
    #expect(summary([view(1, .closed, at: 99), view(2, .open)], insideAgent: AgentID(7)).verdict == .forwarded)
  }

  @Test("First and last seen span every zone")
  func spansZones() {
    let row = summary([view(1, .open, at: 5), view(2, .open, at: 80), view(3, .closed, at: 1)])
    #expect(row.firstSeen == Timestamp(milliseconds: 5))
    #expect(row.lastSeen == Timestamp(milliseconds: 80))
  }
}
