internal import CoordinatorCore
internal import GRDB
internal import Model

/// Where services became others: a service that has become another one leaves a run that ended then.
extension SQLiteSession {
  func endpointsThatServedElse(within span: Range<Timestamp>, atMost limit: Int) throws -> Set<EndpointID>? {
    var (found, runs) = (Set<EndpointID>(), 0)
    // An endpoint may have many runs: so many are read at most.
    try eachRow(
      often: "SELECT endpoint_id FROM service_run WHERE until_at > ? AND until_at <= ? LIMIT ?",
      [span.lowerBound.milliseconds, span.upperBound.milliseconds, limit + 1]
    ) { running in
      runs += 1
      if let id = running.integer(at: 0) { found.insert(EndpointID(id)) }
    }
    return runs > limit ? nil : found
  }

  func servedElse(_ endpoint: EndpointID, within span: Range<Timestamp>) throws -> Bool {
    var found = false
    try eachRow(
      // By the endpoint, of which there are few; the other index has those of all endpoints.
      often: "SELECT 1 FROM service_run WHERE endpoint_id = ? AND +until_at > ? AND +until_at <= ? LIMIT 1",
      [endpoint.rawValue, span.lowerBound.milliseconds, span.upperBound.milliseconds]
    ) { _ in found = true }
    return found
  }

  func isServedDifferently(_ endpoint: EndpointID) throws -> Bool {
    var found = false
    try eachRow(
      often: """
        SELECT 1 FROM endpoint_service AS one JOIN endpoint_service AS other
          ON other.endpoint_id = one.endpoint_id AND other.zone_id > one.zone_id
        WHERE one.endpoint_id = ? AND (one.has_past OR other.has_past OR one.name IS NOT other.name
          OR one.product IS NOT other.product OR one.version IS NOT other.version OR one.tunnel IS NOT other.tunnel
          OR one.certificate_id IS NOT other.certificate_id) LIMIT 1
        """, [endpoint.rawValue]
    ) { _ in found = true }
    return found
  }
}
