import CoordinatorCore
import Foundation
import HTTPTypes
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

/// What an agent says of services is a stranger's word twice over.
@Suite struct ServiceBoundsTests {
  private static let certificate = CertificateIdentity(
    subject: "CN=a", issuer: "CN=b", alternativeNames: ["a.example"], notBefore: Timestamp(milliseconds: 1_000),
    notAfter: Timestamp(milliseconds: 2_000), sha256: String(repeating: "0f", count: 32))

  private static let full = ServiceFacts(
    name: "http", product: "nginx", version: "1.22.1", info: "HTTP 200 Übung", hostName: "a.example",
    confidence: .certain, tunnel: .tls, tlsVersion: "TLSv1.3", banner: "HTTP/1.1 200 OK\\r\\n", certificate: certificate
  )

  private func expectRefusal(_ pointer: String, _ change: (inout ServiceFacts) -> Void) {
    var report = Self.full
    change(&report)
    let refusal = #expect(throws: Refusal.self) { try ServiceBounds.check(report, at: "/s") }
    #expect(refusal?.pointer == "/s/" + pointer)
  }

  @Test("A report survives the wire, and is read as it was sent")
  func roundTrips() throws {
    for report in [Self.full, ServiceFacts(confidence: .unknown)] {
      let octets = try JSONEncoder().encode(report)
      #expect(try JSONDecoder().decode(ServiceFacts.self, from: octets) == report)
    }
    try ServiceBounds.check(Self.full, at: "")
    let object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self.full)) as? [String: Any])
    #expect(Set(object.keys) == ServiceFacts.fieldNames)
    let inner = try #require(object["certificate"] as? [String: Any])
    #expect(Set(inner.keys) == ServiceFacts.nestedFields["certificate"]?.fieldNames)
    #expect(try JSONEncoder().encode(ServiceFacts(confidence: .unknown)).count < 30, "what is not known is not said")
  }

  @Test("Texts beyond their bound, control characters and false digests are refused at their place")
  func keepsBounds() throws {
    let long = String(repeating: "é", count: 600)
    expectRefusal("name") { $0.name = long }
    expectRefusal("product") { $0.product = long }
    expectRefusal("version") { $0.version = "1\u{1b}[2J" }
    expectRefusal("info") { $0.info = "a\nb" }
    expectRefusal("hostName") { $0.hostName = "a\u{0}" }
    expectRefusal("tlsVersion") { $0.tlsVersion = "\u{7f}" }
    expectRefusal("banner") { $0.banner = "\u{9b}31m" }
    expectRefusal("certificate/subject") { $0.certificate?.subject = long }
    expectRefusal("certificate/issuer") { $0.certificate?.issuer = "\t" }
    expectRefusal("certificate/alternativeNames") { $0.certificate?.alternativeNames = ["a", "b\r"] }
    expectRefusal("certificate/alternativeNames") {
      $0.certificate?.alternativeNames = Array(repeating: "a", count: 65)
    }
    for digest in ["", String(repeating: "F", count: 64), String(repeating: "g", count: 64), "0f"] {
      expectRefusal("certificate/sha256") { $0.certificate?.sha256 = digest }
    }
    var widest = Self.full
    widest.banner = String(repeating: "\\x00", count: 256)
    try ServiceBounds.check(widest, at: "")
  }

  @Test("Over the API: an agent is granted the asking, tells services, and the merged row shows them")
  func showsThem() async throws {
    try await API.run { api async throws in
      let agent = try await api.enrol("a")
      func post(_ path: String, _ body: some Encodable) async throws -> API.Answer {
        try await api.send(
          .post, "/agent/v1/" + path, octets: Array(try JSONEncoder().encode(body)), token: agent.secret,
          headers: [.contentType: "application/json"])
      }
      let hello = HelloRequest(
        run: "1", machine: "m", version: "1", hostName: "h", operatingSystem: "Linux",
        capabilities: ["identification"], now: api.clock.now, spool: nil)
      #expect(try await post("hello", hello).status == 200)
      let submitted = try await api.post(
        "scans", #"{"targets":["10.0.0.1"],"ports":"443","transports":["tcp"],"identifies":true}"#)
      #expect(submitted.status == 201, "\(String(decoding: submitted.body, as: UTF8.self))")
      #expect(try submitted.decoded(SubmissionReceipt.self).identifies)
      let answer = try await post("leases", LeaseRequest(probesPerSecond: nil, waitMilliseconds: 0))
      let grant = try #require(try answer.decoded(LeaseResponse.self).grant)
      #expect(grant.identify == true)
      func chunk(_ service: ServiceFacts) -> ChunkReport {
        ChunkReport(
          lease: grant.lease, number: 0, completed: grant.blocks.map(\.rectangle),
          sightings: [
            Sighting(
              host: HostAddress(IPAddress(ipv4: 0x0a00_0001)), transport: .tcp, port: 443, state: .open,
              reason: .synAck, observedAt: api.clock.now, rttMicroseconds: 90, isSelfView: false, service: service)
          ], ranges: [])
      }
      let path = "jobs/\(grant.job.rawValue)/chunks"
      var hostile = Self.full
      hostile.banner = "\u{1b}]0;owned\u{7}"
      let refused = try await post(path, chunk(hostile)).problem()
      #expect(refused.code == .invalidValue && refused.errors?.first?.pointer == "/sightings/0/service/banner")
      let unknown = String(decoding: try JSONEncoder().encode(chunk(Self.full)), as: UTF8.self)
        .replacing("\"tunnel\"", with: "\"tunnle\"")
      let misspelt = try await api.send(
        .post, "/agent/v1/" + path, octets: Array(unknown.utf8), token: agent.secret,
        headers: [.contentType: "application/json"])
      #expect(try misspelt.problem().errors?.first?.pointer == "/sightings/0/service/tunnle")
      #expect(try await post(path, chunk(Self.full)).status == 200)
      let page = try await api.get("ports?query=product:nginx").decoded(Page<PortRow>.self)
      let row = try #require(page.rows.first)
      #expect(row.service == "http" && row.identified == Self.full && row.identifiedAt == api.clock.now)
    }
  }
}
