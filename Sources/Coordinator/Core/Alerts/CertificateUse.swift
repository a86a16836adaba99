package import Model

/// A certificate that an endpoint showed.
package struct CertificateUse: Sendable {
  package var endpoint: EndpointID
  package var host: ChartHost
  package var key: ProtocolPort
  /// The certificate's row.
  package var certificate: Int64
  package var subject: String
  package var notAfter: Timestamp
  /// When the endpoint showed it, and to whom.
  package var observedAt: Timestamp
  package var agent: AgentID

  package init(
    endpoint: EndpointID, host: ChartHost, key: ProtocolPort, certificate: Int64, subject: String,
    notAfter: Timestamp, observedAt: Timestamp, agent: AgentID
  ) {
    self.endpoint = endpoint
    self.host = host
    self.key = key
    self.certificate = certificate
    self.subject = subject
    self.notAfter = notAfter
    self.observedAt = observedAt
    self.agent = agent
  }
}
