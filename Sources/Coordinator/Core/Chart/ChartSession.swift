package import Model

/// One row of the merged listing, as read: the endpoint, its summary and its owner.
package struct ChartRow: Sendable {
  package var id: EndpointID
  package var host: ChartHost
  package var transport: TransportProtocol
  package var port: Port
  package var summary: EndpointSummary
  package var listener: ListenerContent?
  package var insideAgentName: String?
  package var inventoryAt: Timestamp?
  /// What the shown zone's agents found out of the service, and when; nil where it is not open there, or nobody asked.
  package var service: ZoneService?
  /// What name servers call the host; filled in where rows are told.
  package var names: [String] = []
  /// By what the host answers where no port tells that it is up; filled in where rows are told, and only where this one is none
  /// that does.
  package var hostReason: ProbeReason?

  package init(
    id: EndpointID, host: ChartHost, transport: TransportProtocol, port: Port, summary: EndpointSummary,
    listener: ListenerContent?, insideAgentName: String?, inventoryAt: Timestamp?, service: ZoneService?
  ) {
    self.id = id
    self.host = host
    self.transport = transport
    self.port = port
    self.summary = summary
    self.listener = listener
    self.insideAgentName = insideAgentName
    self.inventoryAt = inventoryAt
    self.service = service
  }
}

extension ChartRow {
  package var position: ChartPosition { ChartPosition(host: host, transport: transport, port: port) }
}

/// A host of the chart with what is known of it in numbers.
package struct ChartHostRow: Sendable {
  package var host: ChartHost
  package var openPorts: Int
  package var listeners: Int
  package var agent: AgentID?
  package var firstSeen: Timestamp?
  package var lastSeen: Timestamp?
  /// Nil: no zone's agents ever had an answer of it, and no agent that lives there is heard of.
  package var state: HostState?
  /// By what it answered last where no port tells that it is up.
  package var reason: ProbeReason?
  /// Since when it is so, if it was otherwise before.
  package var changedAt: Timestamp?
  /// As the agent that lives there calls its host, and as name servers do.
  package var names: [String] = []
  /// Where else the same host is, of either family, as the agent that lives there tells.
  package var otherAddresses: [IPAddress] = []

  package init(
    host: ChartHost, openPorts: Int, listeners: Int, agent: AgentID?, firstSeen: Timestamp?, lastSeen: Timestamp?
  ) {
    self.host = host
    self.openPorts = openPorts
    self.listeners = listeners
    self.agent = agent
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
  }

  /// Of the same host, what other endpoints of it tell.
  package mutating func add(_ part: ChartHostRow) {
    openPorts += part.openPorts
    listeners += part.listeners
    agent = [agent, part.agent].compactMap(\.self).max()
    firstSeen = [firstSeen, part.firstSeen].compactMap(\.self).min()
    lastSeen = [lastSeen, part.lastSeen].compactMap(\.self).max()
  }
}

/// A run of ports as one zone saw it.
package struct ZoneRun: Hashable, Sendable {
  package var zone: ZoneID
  package var agent: AgentID
  package var job: JobID?
  package var isSelfView: Bool
  package var run: PortStateRun

  package init(zone: ZoneID, agent: AgentID, job: JobID?, isSelfView: Bool, run: PortStateRun) {
    self.zone = zone
    self.agent = agent
    self.job = job
    self.isSelfView = isSelfView
    self.run = run
  }
}

/// Reading the chart, inside one transaction.
package protocol ChartReading {
  /// The runs of a view in the order of time; none where it was in one state only. The state, the reason and the end of the newest are
  /// those of the stored view.
  func runs(of endpoint: EndpointID, _ view: ViewKey) throws -> [ViewRun]
  /// Changes that fit, the newest first. `looks`: so many are looked at at most, whether they fit or not, and more must be than an endpoint
  /// has views; nil: however many. `end`: the search ended there before
  /// there were as many as the limit, and goes on behind it; nil: there are no more, or as many as that.
  func changes(
    _ query: ChangeQuery, after: ChangePosition?, limit: Int, looks: Int?
  ) throws -> (rows: [ChangeRecord], end: ChangePosition?)
  func place(of endpoint: EndpointID) throws -> ChartPosition?
  func endpoints(of host: ChartHost) throws -> [EndpointRecord]
  /// Those whose port is among some.
  func endpoints(
    of host: ChartHost, transport: TransportProtocol, ports: ClosedRange<UInt16>
  ) throws -> [EndpointRecord]
  func listeners(of agent: AgentID) throws -> [ListenerRecord]
  /// Sockets that listened at a port of the agent's host and do not any more, or did for another owner; the latest first.
  func pastListeners(of agent: AgentID, at key: ProtocolPort, limit: Int) throws -> [ListenerRecord]
  /// Those bound to an address or to all that were gone, or another owner's, by a time, with the first inventory that told so; the
  /// latest first.
  func goneListeners(
    of agent: AgentID, at key: ProtocolPort, _ address: IPAddress, asOf time: Timestamp, limit: Int
  ) throws -> [(listener: ListenerRecord, goneAt: Timestamp)]
  /// Since when inventories of an agent speak of an address, as of a time; nil: they did not yet.
  func inventorySince(of agent: AgentID, at address: IPAddress, asOf time: Timestamp) throws -> Timestamp?
  /// What a zone found at an endpoint before the service that is there now, in the order of time.
  func pastServices(of endpoint: EndpointID, zone: ZoneID) throws -> [ServiceRun]
  /// The agent that has reported this address as its own, if just one has.
  func agentLiving(at host: ChartHost) throws -> AgentID?
  /// What scans of the site saw at ports that are in no endpoint's view: every run that has one of these.
  func runs(of host: ChartHost, transport: TransportProtocol, ports: ClosedRange<UInt16>) throws -> [ZoneRun]
  /// What lanes saw at a host's ports that were not open.
  func runs(of host: ChartHost, transport: TransportProtocol, lanes: [LaneID]) throws -> [LaneID: [ZoneRun]]
  /// Whether a run of ports is stored of any of the site's own addresses from the first to the last.
  func hasRuns(site: SiteID, from first: IPAddress, to last: IPAddress) throws -> Bool
  /// The site's own addresses from the first to the last that have an endpoint at this port; nil: more than `limit`.
  func addresses(
    with key: ProtocolPort, site: SiteID, from first: IPAddress, to last: IPAddress, limit: Int
  ) throws -> [IPAddress]?
  /// Addresses from the first to the last that agents have reported as theirs; nil: more than `limit`.
  func agentAddresses(from first: IPAddress, to last: IPAddress, limit: Int) throws -> [IPAddress]?
  /// Endpoints that fit, counted. What is not kept, and has more than about `looks` endpoints to be looked at, is counted in parts: of so many
  /// of the chart's endpoints each, in the listing's order; `after` is where the part before ended.
  func chartCounts(
    _ query: ChartQuery, by grouping: ChartGrouping, after: ChartPosition?, looks: Int
  ) throws -> ChartCounts<ChartCount>
  /// As above, counted by service and port.
  func serviceCounts(_ query: ChartQuery, after: ChartPosition?, looks: Int) throws -> ChartCounts<ServiceCount>
  func chartRows(_ query: ChartQuery, after: ChartPosition?, limit: Int) throws -> [ChartRow]
  /// As above, of so many endpoints that are looked at: where few of them fit, the part ends early. Each comes further than its
  /// `after`.
  func chartPage(_ query: ChartQuery, after: ChartPosition?, limit: Int, looks: Int) throws -> ChartPage
  func chartHosts(_ query: ChartQuery, after: ChartHost?, limit: Int) throws -> [ChartHostRow]
  /// As above, of so many endpoints that are looked at, and the rest of the host at which they end.
  func chartHostPage(_ query: ChartQuery, after: ChartHost?, limit: Int, looks: Int) throws -> ChartHostPage
  func listenerRows(_ query: ChartQuery, after: ListenerID?, limit: Int) throws -> [ListenerRecord]
  /// When an agent's last inventory was taken, and when the processes of its listeners were last looked at.
  func peers(of agent: AgentID) throws -> PeerSummary?
  func inventoryTimes(of agent: AgentID) throws -> (sampledAt: Timestamp?, ownersVerifiedAt: Timestamp?)
}

extension ChartReading {
  /// Changes that fit, the newest first, however many are looked at.
  package func changes(_ query: ChangeQuery, after: ChangePosition?, limit: Int) throws -> [ChangeRecord] {
    try changes(query, after: after, limit: limit, looks: nil).rows
  }
}

/// Changing the chart, inside one transaction.
package protocol ChartWriting: ChartReading {
  /// Replaces the runs of a view. Of the newest the beginning, the change and who told of it are kept; the rest is as the view says.
  func setRuns(_ runs: [ViewRun], of endpoint: EndpointID, _ view: ViewKey) throws
  /// None of them may be in the chart.
  func insertEndpoints(_ endpoints: [NewEndpoint]) throws
  /// The service as the zone's agents saw it last, with its certificate.
  func setService(_ service: ZoneService, of endpoint: EndpointID) throws
  /// A certificate was seen at this time, be it in a service that a newer one has followed. Returns its row.
  @discardableResult
  func noteCertificate(_ certificate: CertificateIdentity, at time: Timestamp) throws -> Int64?
  /// An endpoint as it is stored, of which this is known now: its views, with every one that it had, and its merged row. What differs
  /// is written; kept counts follow.
  func setEndpoint(_ stored: EndpointRecord, views: [ZoneView], summary: EndpointSummary, at site: SiteID) throws
  /// Writes, without their being read, what was seen again just as it is known: only when and by whom it was seen last is another.
  /// The sightings are sorted by port, each port once. Returns how many were written; the others say more, and are to be merged,
  /// as all may be: a sighting that was written changes nothing the second time.
  func noteSeenAgain(
    _ sightings: [OpenSighting], as kind: OpenSighting.Kind, by seer: Seer, at host: ChartHost
  ) throws -> Int
  /// Forgets an endpoint, as it is stored, that no zone has seen and nothing listens on any more.
  func removeEndpoint(_ endpoint: EndpointRecord, at site: SiteID) throws
  /// Stores the first run of a host.
  func addRun(_ run: ZoneRun, lane: LaneID, host: ChartHost, transport: TransportProtocol) throws
  /// Lays a run over those of the lane at this host.
  func mergeRun(_ run: ZoneRun, lane: LaneID, host: ChartHost, transport: TransportProtocol) throws
  func insertListener(
    agent: AgentID, key: ListenerRecord.Key, content: ListenerContent, at time: Timestamp
  ) throws -> ListenerID
  func setListener(_ id: ListenerID, content: ListenerContent, seenAt time: Timestamp) throws
  /// Every listener of the agent that is there was seen, with as many connections as its content says.
  func setPeers(_ peers: PeerSummary?, of agent: AgentID) throws
  func setListenersSeen(of agent: AgentID, at time: Timestamp) throws
  /// The owner that the listener had until now is the past's.
  func keepOwner(of id: ListenerID, until time: Timestamp) throws
  func removeListener(_ id: ListenerID) throws
  /// Replaces what a zone found at an endpoint, up to the service that is there now, which is the last and stays where it is.
  func setPastServices(_ runs: [ServiceRun], of endpoint: EndpointID, zone: ZoneID) throws
  /// An endpoint's services, of a zone or of a time, that its merged row does not tell: names and products of them, of which some may be
  /// known. By these it is found in the past.
  func noteUnshownServices(_ services: [ShownService], at host: ChartHost, _ key: ProtocolPort) throws
  func insertChange(_ change: EndpointChange, of endpoint: EndpointID) throws
  /// Replaces the changes of one zone's kinds.
  func setChanges(_ changes: [EndpointChange], of endpoint: EndpointID, zone: ZoneID, kinds: [ChangeKind]) throws
  /// An inventory comes: since the last one longer than `longestGap` nothing was known. Before it is set.
  func noteInventory(of agent: AgentID, at time: Timestamp, longestGap: Duration) throws
  func setInventory(
    of agent: AgentID, position: InventoryPosition, at time: Timestamp, ownersVerifiedAt: Timestamp?) throws
  /// Which inventory was taken in last.
  func inventoryPosition(of agent: AgentID) throws -> InventoryPosition?
}
