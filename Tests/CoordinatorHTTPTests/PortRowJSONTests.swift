import Foundation
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

@Suite struct PortRowJSONTests {
  private static let hostile = "evil \"quoted\\\",\u{1b}[31m\n\u{85}\u{2028}</script> ünï"

  /// Every member is there.
  private static func full() -> PortRow {
    var facts = ServiceFacts(confidence: .certain)
    facts.name = "http"
    facts.banner = hostile
    facts.certificate = CertificateIdentity(
      subject: hostile, issuer: "CN=ca", alternativeNames: ["a.example"], notBefore: Timestamp(milliseconds: 1),
      notAfter: Timestamp(milliseconds: 2), sha256: "ab")
    return PortRow(
      site: hostile, scope: "agent 1 lo", address: IPAddress("2001:db8::1") ?? .ipv4Unspecified, protocol: .tcp,
      port: Port(443), state: .open, reason: .synAck, service: "http", identified: facts,
      identifiedAt: Timestamp(milliseconds: 1_700_000_000_001), verdict: .exposed, zone: "dmz",
      otherZones: ["office", hostile], isSelfView: true,
      processes: [ListeningProcess(pid: 7, name: hostile, user: "www")], ownerUnknownReason: hostile,
      unit: "nginx.service", agent: "web-1", inventoryAt: Timestamp(milliseconds: -1),
      firstSeen: Timestamp(milliseconds: 0), lastSeen: Timestamp(milliseconds: 1_700_000_000_000),
      lastChanged: Timestamp(milliseconds: 1_699_999_999_999), names: [hostile], hostReason: .echoReply)
  }

  /// Nothing is there that may be absent.
  private static let bare = PortRow(
    site: "", scope: "", address: .ipv4Unspecified, protocol: .udp, port: Port(1), state: nil, reason: nil,
    service: nil, verdict: nil, zone: nil, otherZones: [], isSelfView: false, processes: [], ownerUnknownReason: nil,
    unit: nil,
    agent: nil, inventoryAt: nil, firstSeen: nil, lastSeen: nil, lastChanged: nil)

  private func members(_ bytes: [UInt8]) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
  }

  @Test("A row written by hand is the encoder's, member for member")
  func agreesWithTheEncoder() throws {
    let full = Self.full()
    for child in Mirror(reflecting: full).children {
      let value = Mirror(reflecting: child.value)
      #expect(value.displayStyle != .optional || !value.children.isEmpty, "\(child.label ?? "") is missing here")
    }
    for row in [full, Self.bare] {
      var bytes: [UInt8] = []
      try row.appendJSON(to: &bytes)
      #expect(try members(bytes) == members(Array(try JSONResponse.encoded(row))))
      #expect(try JSONDecoder().decode(PortRow.self, from: Data(bytes)) == row)
    }
  }

  @Test("Rows of plain text are the encoder's octet for octet")
  func isSortedAlike() throws {
    var row = Self.full()
    (row.site, row.otherZones, row.names, row.ownerUnknownReason) = ("default", ["office"], ["a.example"], "gone")
    for row in [row, Self.bare] {
      var bytes: [UInt8] = []
      try row.appendJSON(to: &bytes)
      #expect(bytes == Array(try JSONResponse.encoded(row)))
    }
  }
}
