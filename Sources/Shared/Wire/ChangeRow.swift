package import Model

/// A dated difference in the chart, as one zone's agents saw it.
package struct ChangeRow: Codable, Sendable, Hashable {
  /// `found`, `opened`, `reopened`, `closed`, `service`, `certificate`, `process`, `host-found`, `host-gone`, `host-back`.
  package var change: String
  /// When it was first seen so.
  package var at: Timestamp
  /// When it was last seen as before; absent where it was never looked at before.
  package var after: Timestamp?
  package var site: String
  /// The agent and interface for loopback, link-local and host-local addresses; empty elsewhere.
  package var scope: String
  package var address: IPAddress
  /// Absent, as the port, of changes of whole hosts.
  package var `protocol`: TransportProtocol?
  package var port: Port?
  /// Of changes of the state.
  package var state: EndpointState?
  package var stateBefore: EndpointState?
  /// Of changes of what is there: the service, the certificate or the owner on one line; of hosts, whether it is up or gone; and what it was before.
  package var detail: String?
  package var detailBefore: String?
  package var zone: String
  package var isSelfView: Bool
  /// Who saw it, and in which job.
  package var agent: String
  package var job: JobID?

  package init(
    change: String, at: Timestamp, after: Timestamp?, site: String, scope: String, address: IPAddress,
    protocol: TransportProtocol?, port: Port?, state: EndpointState?, stateBefore: EndpointState?,
    detail: String? = nil,
    detailBefore: String? = nil, zone: String, isSelfView: Bool, agent: String, job: JobID?
  ) {
    self.change = change
    self.at = at
    self.after = after
    self.site = site
    self.scope = scope
    self.address = address
    self.protocol = `protocol`
    self.port = port
    self.state = state
    self.stateBefore = stateBefore
    self.detail = detail
    self.detailBefore = detailBefore
    self.zone = zone
    self.isSelfView = isSelfView
    self.agent = agent
    self.job = job
  }
}
