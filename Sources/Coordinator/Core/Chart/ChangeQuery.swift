package import Model

/// Which changes are asked for.
package struct ChangeQuery: Hashable, Sendable {
  /// Endpoints that they are about; its times are the endpoint's, not the change's.
  package var endpoints: ChartQuery
  /// Nil: every kind.
  package var kinds: Set<ChangeKind>?
  /// From the first moment on, and before the last.
  package var time: TimeSpan

  package init(endpoints: ChartQuery = ChartQuery(), kinds: Set<ChangeKind>? = nil, time: TimeSpan = TimeSpan()) {
    self.endpoints = endpoints
    self.kinds = kinds
    self.time = time
  }
}

/// Where a page of changes ended.
package struct ChangePosition: Hashable, Sendable {
  package var at: Timestamp
  /// 0 of changes of hosts, which come behind those of endpoints of one time.
  package var endpoint: EndpointID
  package var view: ViewKey
  package var kind: ChangeKind
  /// Of changes of hosts.
  package var host: ChartHost?

  package init(at: Timestamp, endpoint: EndpointID, view: ViewKey, kind: ChangeKind, host: ChartHost? = nil) {
    self.at = at
    self.endpoint = endpoint
    self.view = view
    self.kind = kind
    self.host = host
  }
}

extension ChangePosition {
  /// Whether it comes before the other in a list that has the newest first.
  package func isNewer(_ other: ChangePosition) -> Bool {
    if at == other.at, let host, let others = other.host, host != others { return others.precedes(host) }
    return (at.milliseconds, endpoint.rawValue, view.zone.rawValue, view.isSelfView ? 1 : 0, kind.rawValue)
      > (
        other.at.milliseconds, other.endpoint.rawValue, other.view.zone.rawValue, other.view.isSelfView ? 1 : 0,
        other.kind.rawValue
      )
  }
}

/// A dated difference in the chart, with its evidence.
package struct ChangeRecord: Hashable, Sendable {
  package var kind: ChangeKind
  /// When the first sighting said so.
  package var at: Timestamp
  /// The last time it was seen as before; nil: it was never looked at before.
  package var notBefore: Timestamp?
  /// Nil, as the key: it is about the whole host.
  package var endpoint: EndpointID?
  package var host: ChartHost
  package var key: ProtocolPort?
  package var view: ViewKey
  /// Of changes of the state.
  package var state: EndpointState?
  package var stateBefore: EndpointState?
  /// Of changes of what is there and of hosts, on one line each.
  package var detail: String?
  package var detailBefore: String?
  package var agent: AgentID
  package var job: JobID?

  package init(
    kind: ChangeKind, at: Timestamp, notBefore: Timestamp?, endpoint: EndpointID?, host: ChartHost, key: ProtocolPort?,
    view: ViewKey, state: EndpointState?, stateBefore: EndpointState?, detail: String? = nil,
    detailBefore: String? = nil, agent: AgentID, job: JobID?
  ) {
    self.kind = kind
    self.at = at
    self.notBefore = notBefore
    self.endpoint = endpoint
    self.host = host
    self.key = key
    self.view = view
    self.state = state
    self.stateBefore = stateBefore
    self.detail = detail
    self.detailBefore = detailBefore
    self.agent = agent
    self.job = job
  }

  package var position: ChangePosition {
    ChangePosition(
      at: at, endpoint: endpoint ?? EndpointID(0), view: view, kind: kind, host: endpoint == nil ? host : nil)
  }
}
