import Model
import Testing
import Wire

@testable import Worker

/// What is told of services, and how much of it at once.
@Suite struct ServiceFactsTests {
  private static func identity(_ service: String?, banner: String? = nil, names: [String] = []) -> ServiceIdentity {
    ServiceIdentity(
      service: service, product: "nginx", version: "1.22.1", banner: banner, confidence: .certain,
      tls: TLSIdentity(
        start: .atOnce, version: "TLSv1.3",
        certificate: CertificateIdentity(
          subject: "CN=a", issuer: "CN=b", alternativeNames: names, notBefore: Timestamp(milliseconds: 0),
          notAfter: Timestamp(milliseconds: 1), sha256: String(repeating: "0", count: 64))),
      http: HTTPIdentity(status: 302, title: "Moved", location: "https://a.example/"))
  }

  private static func observation(_ port: Int, _ answer: ServiceAnswer?) -> ProbeObservation {
    ProbeObservation(
      block: 0, hostOffset: 0, portOffset: port, host: HostAddress(IPAddress(ipv4: 0x0a00_0001)),
      endpoint: ProtocolPort(.tcp, Port(UInt16(port + 1))), state: .open, reason: .synAck, isSelfView: false,
      roundTrip: nil, observedAt: .zero, service: answer)
  }

  @Test("An identity is told whole; that nothing was shown is told, too")
  func tells() {
    let report = ServiceFacts(ServiceAnswer(Self.identity("http", banner: "x", names: ["a.example"])))
    #expect(report.name == "http" && report.product == "nginx" && report.version == "1.22.1" && report.banner == "x")
    #expect(report.tunnel == .tls && report.tlsVersion == "TLSv1.3" && report.confidence == .certain)
    #expect(report.info == "HTTP 302 Moved to https://a.example/")
    #expect(report.certificate?.alternativeNames == ["a.example"])
    #expect(ServiceFacts(ServiceAnswer(nil)) == ServiceFacts(confidence: .unknown))
    let upgraded = ServiceIdentity(
      service: "smtp", banner: "220 mail.lab.example ESMTP Exim\\r\\n", confidence: .certain,
      tls: TLSIdentity(start: .upgrade, version: "TLSv1.2"))
    let mail = ServiceFacts(ServiceAnswer(upgraded))
    #expect(mail.tunnel == nil && mail.tlsVersion == "TLSv1.2" && mail.hostName == "mail.lab.example")
  }

  @Test("Texts are cut at their bound, never within a character; names at their number")
  func cuts() {
    let identity = Self.identity(
      "http", banner: String(repeating: "€", count: 400), names: Array(repeating: "n", count: 100))
    let report = ServiceFacts(ServiceAnswer(identity))
    #expect(report.banner == String(repeating: "€", count: 341))
    #expect(report.certificate?.alternativeNames.count == WireLimits.certificateNames)
    for (_, text) in report.texts { #expect(text.utf8.count <= WireLimits.serviceTextBytes) }
  }

  @Test("A chunk holds no more of services than a body may have; every sighting leaves once")
  func boundsChunks() {
    let big = Self.identity(
      "http", banner: String(repeating: "b", count: 1_024),
      names: Array(repeating: String(repeating: "n", count: 1_024), count: 64))
    var ledger = JobLedger(rectangles: [WorkRectangle(hosts: 0..<1, ports: 0..<200)])
    for port in 0..<200 { ledger.record(Self.observation(port, port % 3 == 0 ? nil : ServiceAnswer(big))) }
    var ports: [Port] = []
    var chunks = 0
    while let content = ledger.takeContent(time: { _ in Timestamp(milliseconds: 0) }) {
      chunks += 1
      let bytes = content.sightings.reduce(0) { $0 + ($1.service?.textBytes ?? 0) }
      #expect(bytes <= WireLimits.serviceBytesPerChunk)
      #expect(content.completed.endpointCount == UInt128(content.sightings.count))
      ports += content.sightings.map(\.port)
      #expect(content.sightings.allSatisfy { ($0.service == nil) == (($0.port.rawValue - 1) % 3 == 0) })
    }
    #expect(ports == (1...200).map { Port($0) })
    #expect((2...4).contains(chunks))
  }

  @Test("Services are asked for where the grant says so, and nowhere else")
  func followsTheGrant() async throws {
    for identify in [true, nil] {
      var grant = Samples.grant(ports: 1)
      grant.identify = identify
      let bench = WorkerBench(
        .init(leases: [Samples.response(grant)]),
        prober: FakeProber { work, run in
          run.see([Self.observation(0, work.identifies ? ServiceAnswer(nil) : nil)])
          run.end()
        })
      try await bench.work(untilAsked: 2)
      #expect(bench.prober.works.map(\.identifies) == [identify == true])
      let sighting = try #require(bench.coordinator.chunks.first?.sightings.first)
      #expect(sighting.service == (identify == true ? ServiceFacts(confidence: .unknown) : nil))
    }
  }
}
