internal import CoordinatorCore
internal import Model

/// Who listened before an agent's inventory came, to tell who took over.
struct OwnerComparison {
  let agent: AgentRecord
  private let before: [ListenerID: ListenerRecord]
  let time: Timestamp

  init(agent: AgentRecord, before: [ListenerRecord], at time: Timestamp) {
    self.agent = agent
    self.before = Dictionary(before.map { ($0.id, $0) }) { first, _ in first }
    self.time = time
  }

  /// Sockets that held a port at several addresses, looked through for the one that held this one.
  private static let pastLimit = 16

  /// The change to the owner that an endpoint has now; nil: it is the one before, or none is known.
  func change(
    to owner: ListenerRecord, at host: ChartHost, _ key: ProtocolPort, from summary: EndpointSummary,
    in session: any WriteSession
  ) throws -> EndpointChange? {
    let previous = try summary.listener.flatMap { before[$0] } ?? past(at: host, key, in: session)
    guard let previous, owner.content.tellsOtherOwner(than: previous.content) else { return nil }
    return EndpointChange(
      kind: .process, zone: agent.zone, at: time, notBefore: previous.lastSeen,
      before: previous.content.ownerSummary, after: owner.content.ownerSummary, agent: agent.id, job: nil)
  }

  /// The last owner that is gone: between two inventories, or longer ago.
  private func past(
    at host: ChartHost, _ key: ProtocolPort, in session: any WriteSession
  ) throws -> ListenerRecord? {
    let interface = try session.interfaces(of: agent.id).first { $0.address == host.address }?.interface
    return try session.pastListeners(of: agent.id, at: key, limit: Self.pastLimit).first {
      $0.fit(host.address, on: interface) != nil
    }
  }
}
