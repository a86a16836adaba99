import Model
import ScanEngine
import ScanReporting
import Testing

@Suite struct ScanRowTextTests {
  private func text(_ row: ScanRow) -> String {
    var text = ScanRowText(names: .builtIn)
    var bytes: [UInt8] = []
    text.append(row, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("A row has the contract's members in its order, null where nothing is known")
  func rows() throws {
    let host = try #require(HostAddress("fe80::1%e\"th"))
    #expect(
      text(
        ScanRow(
          host: host, port: ProtocolPort(.tcp, 22), state: .open, reason: .synAck, roundTripMicroseconds: 1234))
        == #"{"address":"fe80::1%e\"th","protocol":"tcp","port":22,"state":"open","reason":"syn-ack","#
        + #""rttMicroseconds":1234,"service":"ssh","product":null,"version":null,"banner":null}"#)
    #expect(
      text(ScanRow(host: host, port: ProtocolPort(.tcp, 65_535), state: .filtered, reason: .noResponse))
        == #"{"address":"fe80::1%e\"th","protocol":"tcp","port":65535,"state":"filtered","reason":"no-response","#
        + #""rttMicroseconds":null,"service":null,"product":null,"version":null,"banner":null}"#)
  }

  @Test("The ICMP error that decided is told with type, code and sender")
  func evidence() throws {
    let row = ScanRow(
      host: try #require(HostAddress("10.0.0.1")), port: ProtocolPort(.tcp, 9), state: .filtered,
      reason: .adminProhibited,
      icmp: IcmpEvidence(family: .ipv4, type: 3, code: 13, sender: try #require(IPAddress("10.0.0.254"))))
    #expect(
      text(row).contains(
        #""reason":"admin-prohibited","icmp":{"type":3,"code":13,"sender":"10.0.0.254"},"rttMicroseconds":null,"#))
  }

  @Test("What a service showed of itself goes before the name that is registered for its port")
  func identities() throws {
    let host = try #require(HostAddress("10.0.0.1"))
    let identity = ServiceIdentity(
      service: "http", product: "Te\"st", version: "1.0", banner: "a\u{1b}b", confidence: .certain)
    #expect(
      text(
        ScanRow(host: host, port: ProtocolPort(.tcp, 22), state: .open, reason: .synAck, identity: identity)
      ).hasSuffix(
        #""rttMicroseconds":null,"service":"http","product":"Te\"st","version":"1.0","banner":"a\u001bb","#
          + #""confidence":"certain","tls":null,"http":null,"ssh":null}"#))
    let unknown = ServiceIdentity(service: nil, banner: "hello", confidence: .unknown)
    #expect(
      text(ScanRow(host: host, port: ProtocolPort(.tcp, 22), state: .open, reason: .synAck, identity: unknown))
        .hasSuffix(
          #""service":"ssh","product":null,"version":null,"banner":"hello","confidence":"unknown","tls":null,"#
            + #""http":null,"ssh":null}"#))
  }
}
