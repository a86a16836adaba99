package import Model

/// Reading what was at earlier times, inside one transaction.
package protocol PastReading {
  /// Endpoints that may fit by where they are, in key order: every one that fits a query at whatever time is among them.
  func chartKeys(_ query: ChartQuery, after: ChartPosition?, limit: Int) throws -> [ChartKey]
  /// Endpoints that may have fitted at a time, by all that the query says, in key order: every one that did is among them.
  func pastPlaces(
    _ query: ChartQuery, asOf time: Timestamp, after: ChartPosition?, limit: Int
  ) throws -> [ChartPosition]
  /// As above, all of them behind a place, where a query demands states that are not open and few endpoints may have been in them; nil:
  /// it does not, or many may.
  func fewPastPlaces(_ query: ChartQuery, asOf time: Timestamp, after: ChartPosition?) throws -> [ChartPosition]?
  /// Endpoints at which some zone found another service, or certificate, within a time after its beginning, the end included; nil: they
  /// did more than `limit` times.
  func endpointsThatServedElse(within span: Range<Timestamp>, atMost limit: Int) throws -> Set<EndpointID>?
  /// Whether this is one of them.
  func servedElse(_ endpoint: EndpointID, within span: Range<Timestamp>) throws -> Bool
  /// Whether services that two zones found at an endpoint differ, or one has a past.
  func isServedDifferently(_ endpoint: EndpointID) throws -> Bool
  /// The agent that had this address at a time, if just one had.
  func agentLiving(at host: ChartHost, asOf time: Timestamp) throws -> AgentID?
  /// The interface of the agent that had the address at a time.
  func interface(with address: IPAddress, of agent: AgentID, asOf time: Timestamp) throws -> String?
  /// Addresses of the agent's host that are its own in its site, in order: without loopback and link-local ones, which every host
  /// has; of very many some. `time`: as they were by then; nil: now.
  func addresses(of agent: AgentID, asOf time: Timestamp?) throws -> [IPAddress]
  /// Sockets of the agent's host that listened at a port at a time, with the owners that they had.
  func listeners(of agent: AgentID, at key: ProtocolPort, asOf time: Timestamp) throws -> [ListenerRecord]
  /// When the agent's last inventory before a time was taken; nil: none had come. Inventories that followed each other
  /// without a gap count as of that time.
  func inventoryTime(of agent: AgentID, asOf time: Timestamp) throws -> Timestamp?
}
