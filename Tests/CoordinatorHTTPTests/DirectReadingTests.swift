import FoundationEssentials
import Model
import SeededRandom
import Testing
import Wire

/// What is read without the general decoder must mean the same to it.
@Suite struct DirectReadingTests {
  private static let start = Timestamp(milliseconds: 1_700_000_000_250)
  private static let lease = LeaseIdentity(generation: 1, epoch: 7, token: "a-token_0")

  private static func report(_ generator: inout SeededGenerator) -> ChunkReport {
    let hosts = ["10.0.0.1", "10.0.0.2", "2001:db8::1", "fe80::1%eth0"].compactMap { HostAddress($0) }
    let sightings = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
      Sighting(
        host: hosts.randomElement(using: &generator) ?? hosts[0],
        transport: TransportProtocol.allCases.randomElement(using: &generator) ?? .tcp,
        port: Port(.random(in: 0 ... .max, using: &generator)),
        state: EndpointState.allCases.randomElement(using: &generator) ?? .open,
        reason: ProbeReason.allCases.randomElement(using: &generator) ?? .synAck,
        observedAt: start + .milliseconds(.random(in: 0...9, using: &generator)),
        rttMicroseconds: Bool.random(using: &generator) ? .random(in: 0...9_999, using: &generator) : nil,
        isSelfView: .random(using: &generator),
        service: Bool.random(using: &generator) ? service(&generator) : nil)
    }
    let ranges = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
      StateRange(
        host: hosts.randomElement(using: &generator) ?? hosts[0], transport: .tcp, firstPort: 1,
        lastPort: Port(.random(in: 1 ... .max, using: &generator)), state: .closed, reason: .connectionRefused,
        observedAt: start, isSelfView: .random(using: &generator))
    }
    let outcomes = hosts.prefix(Int.random(in: 0...4, using: &generator)).map { host in
      HostOutcome(
        host: host, reason: Bool.random(using: &generator) ? .echoReply : .noResponse,
        firstAt: Bool.random(using: &generator) ? start : nil, observedAt: start + .seconds(1))
    }
    return ChunkReport(
      lease: lease, number: .random(in: 0...9, using: &generator),
      completed: [WorkRectangle(hosts: 0..<(UInt128(1) << 100), ports: 3..<9)], sightings: sightings, ranges: ranges,
      hosts: Bool.random(using: &generator) ? Array(outcomes) : nil)
  }

  /// What agents send of a service: printable, with quotes, slashes and letters of any script.
  private static func service(_ generator: inout SeededGenerator) -> ServiceFacts {
    let parts = ["ssh", "nginx", " ", #"""#, #"\"#, #"\r\n"#, "/", "é", "日本", "🛰", "{", "]", ",", ":"]
    func text() -> String {
      (0..<Int.random(in: 0...4, using: &generator)).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
    }
    func maybe() -> String? { Bool.random(using: &generator) ? text() : nil }
    let confidences: [ServiceIdentity.Confidence] = [.certain, .likely, .unknown]
    return ServiceFacts(
      name: maybe(), product: maybe(), version: maybe(), info: maybe(), hostName: maybe(),
      confidence: confidences.randomElement(using: &generator) ?? .certain,
      tunnel: Bool.random(using: &generator) ? .tls : nil, tlsVersion: maybe(), banner: maybe(),
      certificate: Bool.random(using: &generator)
        ? CertificateIdentity(
          subject: text(), issuer: text(),
          alternativeNames: (0..<Int.random(in: 0...3, using: &generator)).map { _ in text() }, notBefore: start,
          notAfter: start + .seconds(.random(in: 0...9, using: &generator)), sha256: text()) : nil)
  }

  private static func text(_ value: some Encodable, _ generator: inout SeededGenerator) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [[], [.prettyPrinted], [.withoutEscapingSlashes]].randomElement(using: &generator) ?? []
    return Array(try encoder.encode(value))
  }

  @Test("What agents write is read without the general decoder, and right")
  func readsWhatAgentsWrite() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      let report = Self.report(&generator)
      let text = try Self.text(report, &generator)
      #expect(ChunkReport(directly: text) == report, "\(String(decoding: text, as: UTF8.self))")
    }
    let renewal = RenewRequest(lease: Self.lease, waitMilliseconds: 0)
    #expect(RenewRequest(directly: try Self.text(renewal, &generator)) == renewal)
    let finish = FinishRequest(lease: Self.lease, outcome: .returned, chunkCount: 3)
    #expect(FinishRequest(directly: try Self.text(finish, &generator)) == finish)
    for pace in [nil, 0, 1, 812.3, 0.1, 3e5, 1.0 / 3, 123_456.789_012_345, 9e15] {
      let request = LeaseRequest(
        probesPerSecond: pace, waitMilliseconds: 25_000, slot: pace == 1 ? .express : nil,
        number: pace.map { Int64($0) })
      #expect(LeaseRequest(directly: try Self.text(request, &generator)) == request)
    }
    // Left to the general decoder.
    for number in ["1e3", "1E3", "-1", "01", "1.", ".5", "+1", "null", "\"1\""] {
      #expect(LeaseRequest(directly: Array(#"{"probesPerSecond":\#(number),"waitMilliseconds":0}"#.utf8)) == nil)
    }
  }

  @Test("A text with a fault is left to the general decoder, or means the same to it")
  func agreesOnFaults() throws {
    var generator = SeededGenerator(seed: 2)
    var readDirectly = 0
    for round in 0..<20_000 {
      var text = try Self.text(Self.report(&generator), &generator)
      for _ in 0...Int.random(in: 0...2, using: &generator) {
        let index = Int.random(in: 0..<text.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: text[index] = Array("0123456789\"\\{}[],:.-e tfn\u{7F}".utf8).randomElement(using: &generator) ?? 0
        case 1: text.remove(at: index)
        default: text.insert(text[index], at: index)
        }
      }
      guard let report = ChunkReport(directly: text) else { continue }
      readDirectly += 1
      let decoded = try? JSONDecoder().decode(ChunkReport.self, from: Data(text))
      #expect(decoded == report, "\(round): \(String(decoding: text, as: UTF8.self))")
    }
    #expect(readDirectly > 100, "most faults are seen, but some change a value")
  }

  @Test(
    "What is not known by heart is left to the general decoder",
    arguments: [
      #"{"lease":{"generation":1,"epoch":1,"token":"a"},"waitMilliseconds":0,"more":1}"#,
      #"{"lease":{"generation":1,"epoch":1,"token":"a"},"waitMilliseconds":0,"waitMilliseconds":1}"#,
      #"{"lease":{"generation":1,"epoch":1,"token":"a"}}"#,
      #"{"lease":{"generation":1,"epoch":1,"token":"\u0061"},"waitMilliseconds":0}"#,
      #"{"lease":{"generation":1,"epoch":1,"token":"ä"},"waitMilliseconds":0}"#,
      #"{"lease":{"generation":1,"epoch":1,"token":"a"},"waitMilliseconds":1.5}"#,
      #"{"lease":{"generation":1,"epoch":1,"token":"a"},"waitMilliseconds":01}"#,
      #"{"lease":{"generation":1,"epoch":1,"token":"a"},"waitMilliseconds":1234567890123456789}"#,
      #"{"lease":{"generation":1,"epoch":1,"token":"a"},"waitMilliseconds":0} x"#,
      #"{"lease":null,"waitMilliseconds":0}"#, "", "{", "[]",
    ])
  func leavesTheRest(text: String) { #expect(RenewRequest(directly: Array(text.utf8)) == nil) }
}
