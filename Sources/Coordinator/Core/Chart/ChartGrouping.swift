package import Model

/// What endpoints are counted by.
package enum ChartGrouping: String, CaseIterable, Sendable {
  case agent, host, port, product, proto, service, site, state, verdict, zone
}

/// Endpoints of one port where one service was identified, or none.
package struct ServiceCount: Hashable, Sendable {
  package var service: String?
  package var key: ProtocolPort
  package var endpoints: Int

  package init(service: String?, key: ProtocolPort, endpoints: Int) {
    self.service = service
    self.key = key
    self.endpoints = endpoints
  }
}

/// So many endpoints have this in common.
package struct ChartCount: Hashable, Sendable {
  /// As it is written; nil: what is asked for is not known of them.
  package var value: String?
  package var endpoints: Int

  package init(value: String?, endpoints: Int) {
    self.value = value
    self.endpoints = endpoints
  }
}
