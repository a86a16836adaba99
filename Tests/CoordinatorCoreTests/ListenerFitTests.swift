import Model
import Testing

@testable import CoordinatorCore

@Suite struct ListenerFitTests {
  private func listener(_ bound: String, interface: String = "", isIPv6Only: Bool = false) throws -> ListenerRecord {
    ListenerRecord(
      id: ListenerID(1), agent: AgentID(1),
      key: .init(transport: .tcp, address: try #require(IPAddress(bound)), port: 80, interface: interface),
      content: ListenerContent(
        isIPv6Only: isIPv6Only, uid: nil, user: nil, inode: nil, processes: [], ownerUnknownReason: nil, unit: nil),
      firstSeen: Timestamp(milliseconds: 0), lastSeen: Timestamp(milliseconds: 0))
  }

  @Test(
    "A socket fits the addresses on which it would accept (ipv6(7))",
    arguments: [
      ("10.0.0.5", "10.0.0.5", 2), ("10.0.0.5", "10.0.0.6", nil), ("0.0.0.0", "10.0.0.5", 1),
      ("0.0.0.0", "2001:db8::5", nil), ("::", "2001:db8::5", 1), ("::", "10.0.0.5", 1), ("::", "127.0.0.1", 1),
      ("::ffff:10.0.0.5", "10.0.0.5", 2), ("::ffff:10.0.0.5", "10.0.0.6", nil), ("::ffff:0.0.0.0", "10.0.0.5", 1),
      ("::ffff:0.0.0.0", "2001:db8::5", nil), ("127.0.0.1", "127.0.0.2", nil), ("::1", "127.0.0.1", nil),
    ] as [(String, String, Int?)])
  func fits(bound: String, address: String, fit: Int?) throws {
    #expect(try listener(bound).fit(try #require(IPAddress(address)), on: nil) == fit)
  }

  @Test("IPV6_V6ONLY keeps IPv4 out")
  func keepsIPv4Out() throws {
    let only = try listener("::", isIPv6Only: true)
    #expect(only.fit(.ipv4Loopback, on: nil) == nil)
    #expect(only.fit(.ipv6Loopback, on: nil) == 1)
  }

  @Test("A socket of another network namespace fits no address of the host")
  func keepsNamespacesApart() throws {
    for bound in ["0.0.0.0", "127.0.0.1"] {
      var foreign = try listener(bound)
      foreign.key.namespace = 4_026_532_000
      #expect(foreign.fit(.ipv4Loopback, on: nil) == nil)
    }
  }

  @Test("A socket bound to a device fits addresses of that device alone")
  func honoursDevices() throws {
    let bound = try listener("0.0.0.0", interface: "eth1")
    #expect(bound.fit(.ipv4Loopback, on: "eth0") == nil)
    #expect(bound.fit(.ipv4Loopback, on: "eth1") == 1)
  }
}
