internal import CoordinatorCore
internal import Model

/// What held at a time of the hosts, the agents and the listeners of all endpoints that fitted a query then.
struct PastCondition {
  typealias Part = (sql: String, values: [any Storable])

  private let time: Int64
  private let needsInhabitant: Bool
  /// Of `listener AS l`; nil: of listeners nothing is known.
  private let ofListener: Part?
  /// Of the agent that lived there, `agent AS a`, as it is called now.
  let ofAgent: Part

  init(_ query: ChartQuery, at time: Timestamp) {
    let terms = query.filter.conjuncts
    self.time = time.milliseconds
    needsInhabitant = terms.contains { $0.needsInhabitant }
    let ofListener = terms.filter(\.isOfListener)
    self.ofListener =
      ofListener.isEmpty && !terms.contains(where: \.needsListener) ? nil : ChartCondition.joined(ofListener)
    ofAgent = ChartCondition.joined(terms.filter(\.isOfAgent))
  }

  /// Conditions on `e`, whatever has its place.
  func add(to condition: inout ChartCondition) {
    if needsInhabitant {
      condition.add(
        """
        e.scope <> '' OR EXISTS (SELECT 1 FROM agent_address WHERE address = e.address AND since <= ?)
          OR EXISTS (SELECT 1 FROM agent_address_past WHERE address = e.address AND until_at > ? AND from_at <= ?)
        """, [time, time, time])
    }
    guard let ofListener else { return }
    let place = """
      l.agent_id IN (SELECT agent_id FROM agent_address WHERE address = e.address AND since <= ?
        UNION ALL SELECT agent_id FROM agent_address_past WHERE address = e.address AND until_at > ? AND from_at <= ?
        UNION ALL SELECT \(Self.agentOfScope) WHERE e.scope <> '') AND l.transport = e.transport AND l.port = e.port
      """
    let times: [any Storable] = [time, time, time]
    condition.add(
      """
      EXISTS (SELECT 1 FROM listener AS l INDEXED BY listener_port WHERE \(place) AND l.since <= ? AND \(ofListener.sql))
        OR EXISTS (SELECT 1 FROM listener_past AS l INDEXED BY listener_past_key
          WHERE \(place) AND l.until_at > ? AND l.from_at <= ? AND \(ofListener.sql))
      """, times + [time] + ofListener.values + times + [time, time] + ofListener.values)
  }

  /// Endpoints at some addresses of agents: those where such a listener was, of the agent that had the address.
  func atAddresses(_ addresses: [any Storable]) -> Part {
    let marks = Array(repeating: "?", count: addresses.count).joined(separator: ", ")
    guard let ofListener else { return ("e.scope = '' AND e.address IN (\(marks))", addresses) }
    let holders = """
      (SELECT address, agent_id FROM agent_address WHERE address IN (\(marks)) AND since <= ?
        UNION ALL SELECT address, agent_id FROM agent_address_past
        WHERE address IN (\(marks)) AND until_at > ? AND from_at <= ?) AS h
      """
    let held = addresses + [time] + addresses + [time, time]
    return (
      """
      e.scope = '' AND e.address IN (\(marks)) AND (e.address, e.transport, e.port) IN (
        SELECT h.address, l.transport, l.port FROM \(holders) CROSS JOIN listener AS l INDEXED BY listener_port
          ON l.agent_id = h.agent_id WHERE l.since <= ? AND \(ofListener.sql)
        UNION ALL SELECT h.address, l.transport, l.port FROM \(holders) CROSS JOIN listener_past AS l
          INDEXED BY listener_past_key ON l.agent_id = h.agent_id
          WHERE l.until_at > ? AND l.from_at <= ? AND \(ofListener.sql))
      """, addresses + held + [time] + ofListener.values + held + [time, time] + ofListener.values
    )
  }

  /// Endpoints at addresses that mean one inside of an agent's host.
  func inScopes() -> Part {
    (
      "e.scope > '' AND EXISTS (SELECT 1 FROM agent AS a WHERE a.id = \(Self.agentOfScope) AND \(ofAgent.sql))",
      ofAgent.values
    )
  }

  /// The number in a scope, `agent:12/docker0`.
  private static let agentOfScope = "CAST(substr(e.scope, \(AgentKind.word.count + 2)) AS INTEGER)"
}
