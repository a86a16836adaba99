import CoordinatorCore
import CoordinatorServices
import Foundation
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

/// What a chunk says of hosts as a whole, on the wire.
@Suite struct HostOutcomeTests {
  private static let host = HostAddress(IPAddress(ipv4: 0x0a00_0001))
  private static let start = Timestamp(milliseconds: 1_800_000_000_123)

  private static func report(_ hosts: [HostOutcome]?) -> ChunkReport {
    ChunkReport(
      lease: LeaseIdentity(generation: 1, epoch: 1, token: "a"), number: 0, completed: [], sightings: [], ranges: [],
      hosts: hosts)
  }

  @Test("It survives the wire; where there is none, nothing is said, and of an earlier agent nothing is expected")
  func roundTrips() throws {
    let outcomes = [
      HostOutcome(host: Self.host, reason: .echoReply, firstAt: Self.start, observedAt: Self.start + .milliseconds(7)),
      HostOutcome(host: Self.host, reason: .noResponse, observedAt: Self.start),
    ]
    for hosts in [nil, [], outcomes] {
      let octets = try JSONEncoder().encode(Self.report(hosts))
      #expect(try JSONDecoder().decode(ChunkReport.self, from: octets) == Self.report(hosts))
      #expect(ChunkReport(directly: Array(octets)) == Self.report(hosts))
    }
    let object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self.report(outcomes))) as? [String: Any])
    let rows = try #require(object["hosts"] as? [[String: Any]])
    #expect(Set(rows[0].keys) == HostOutcome.fieldNames)
    #expect(Set(rows[1].keys) == HostOutcome.fieldNames.subtracting(["firstAt"]))
    let before = try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self.report(nil))) as? [String: Any]
    #expect(before?.keys.contains("hosts") == false)
  }

  @Test("A grant says that echoes are to be asked only where they are")
  func grantsSayIt() throws {
    var grant = LeaseGrant(
      job: JobID(1), scan: ScanID(1), lease: LeaseIdentity(generation: 1, epoch: 1, token: "a"), attempt: 1,
      leaseMilliseconds: 1_000, now: Self.start, blocks: [], pace: JobPace())
    #expect(!String(decoding: try JSONEncoder().encode(grant), as: UTF8.self).contains("echoes"))
    grant.echoes = true
    #expect(try JSONDecoder().decode(LeaseGrant.self, from: JSONEncoder().encode(grant)).echoes == true)
  }

  private func expectRefusal(_ pointer: String, _ hosts: [HostOutcome]) {
    let refusal = #expect(throws: Refusal.self) { try ResultService.Chunk(Self.report(hosts), digest: []) }
    #expect(refusal?.code == .invalidValue && refusal?.pointer == pointer)
    #expect(refusal?.message.contains("\n") == false)
  }

  @Test("What cannot be meant is refused at its place")
  func keepsBounds() throws {
    let answer = HostOutcome(host: Self.host, reason: .echoReply, observedAt: Self.start)
    for reason in ProbeReason.allCases where reason != .echoReply && reason != .noResponse {
      expectRefusal("/hosts/1/reason", [answer, HostOutcome(host: Self.host, reason: reason, observedAt: Self.start)])
    }
    expectRefusal(
      "/hosts/0/firstAt",
      [HostOutcome(host: Self.host, reason: .noResponse, firstAt: Self.start, observedAt: Self.start)])
    expectRefusal(
      "/hosts/0/firstAt",
      [
        HostOutcome(
          host: Self.host, reason: .echoReply, firstAt: Self.start + .milliseconds(1), observedAt: Self.start)
      ])
    expectRefusal("/hosts", Array(repeating: answer, count: WireLimits.rowsPerChunk + 1))
    #expect(
      try ResultService.Chunk(Self.report(Array(repeating: answer, count: WireLimits.rowsPerChunk)), digest: []).hosts
        .count == WireLimits.rowsPerChunk)
  }
}
