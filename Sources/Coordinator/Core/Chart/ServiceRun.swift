package import Model

/// A time in which one zone's agents found the same service at an endpoint whenever they asked.
package struct ServiceRun: Hashable, Sendable {
  /// As found last.
  package var service: ZoneService
  package var first: Timestamp
  package var last: Timestamp

  package init(_ service: ZoneService, first: Timestamp, last: Timestamp) {
    self.service = service
    self.first = first
    self.last = last
  }

  package init(_ service: ZoneService) { self.init(service, first: service.since, last: service.observedAt) }
}

extension ServiceRun: SightingRun {
  package func saysSame(as other: ServiceRun) -> Bool { service.facts.isSameService(as: other.service.facts) }
  package func saysMore(than other: ServiceRun) -> Bool { service.rank(over: other.service) }
}

extension [ServiceRun] {
  /// What became different from run to run. One in which asking told nothing changes nothing.
  package var changes: [EndpointChange] {
    var changes: [EndpointChange] = []
    var told: ServiceRun?
    for run in self where run.service.facts.tellsService {
      defer { told = run }
      guard let before = told else { continue }
      let (old, new) = (before.service.facts, run.service.facts)
      func add(_ kind: ChangeKind, _ before: String, _ after: String, since last: Timestamp) {
        changes.append(
          EndpointChange(
            kind: kind, zone: run.service.zone, at: run.first, notBefore: last, before: before, after: after,
            agent: run.service.agent, job: run.service.job))
      }
      if !new.hasSameIdentity(as: old) { add(.service, old.summary, new.summary, since: before.last) }
      if let oldCertificate = old.certificate, let newCertificate = new.certificate,
        oldCertificate.sha256 != newCertificate.sha256
      {
        add(.certificate, oldCertificate.summary, newCertificate.summary, since: before.last)
      }
    }
    return changes
  }
}

extension ServiceFacts {
  /// On one line, as changes tell it: `http nginx 1.22.1 (ssl)`.
  package var summary: String {
    let words = [name, product, version].compactMap(\.self).joined(separator: " ")
    return tunnel.map { "\(words) (\($0.rawValue))" } ?? words
  }
}

extension CertificateIdentity {
  /// On one line: whose, until when, and the first octets of its digest.
  package var summary: String { "\(subject) until \(notAfter) (\(sha256.prefix(16)))" }
}
