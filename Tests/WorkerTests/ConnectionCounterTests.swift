import Model
import Testing
import Wire

@testable import Worker

@Suite struct ConnectionCounterTests {
  private static func listener(
    _ address: IPAddress, _ port: Port = 80, isIPv6Only: Bool = false, namespace: UInt64? = nil,
    transport: TransportProtocol = .tcp
  ) -> ListenerReport {
    ListenerReport(
      transport: transport, address: address, port: port, interface: nil, isIPv6Only: isIPv6Only, uid: 0, user: nil,
      inode: 1, processes: [], ownerUnknownReason: nil, unit: nil, namespace: namespace)
  }

  private static let own = IPAddress(ipv4: 0x0a00_0005)
  private static let other = IPAddress(ipv4: 0xc000_0207)

  /// Counts one connection to port 80 of `own`, and tells whose it was.
  private static func owner(
    _ listeners: [ListenerReport], namespace: UInt64? = nil, local: IPAddress = own
  ) -> ListenerReport? {
    var counter = ConnectionCounter(listeners: listeners)
    counter.count(namespace: namespace, local: local, port: 80, remote: other, remotePort: 5_000)
    return listeners.first { counter.connections[$0.key] == 1 }
  }

  @Test("A connection is the listener's that took it: the exact address before every address, in its namespace alone")
  func findsTheListener() throws {
    let every = Self.listener(.ipv4Unspecified)
    let exact = Self.listener(Self.own)
    let dual = Self.listener(.ipv6Unspecified)
    let foreign = Self.listener(.ipv4Unspecified, namespace: 7)
    #expect(Self.owner([every, exact]) == exact)
    #expect(Self.owner([every, foreign]) == every)
    #expect(Self.owner([every, foreign], namespace: 7) == foreign)
    #expect(Self.owner([foreign]) == nil)
    #expect(Self.owner([dual]) == dual)
    #expect(Self.owner([dual], local: try #require(IPAddress("::ffff:10.0.0.5"))) == dual)
    #expect(Self.owner([Self.listener(.ipv6Unspecified, isIPv6Only: true)]) == nil)
    #expect(Self.owner([Self.listener(Self.other)]) == nil)
    #expect(Self.owner([Self.listener(.ipv4Unspecified, 81)]) == nil)
    #expect(Self.owner([Self.listener(.ipv4Unspecified, transport: .udp)]) == nil)
  }

  @Test("Peers are networks: those that came in, and those gone out to by port")
  func summarisesPeers() throws {
    var counter = ConnectionCounter(listeners: [Self.listener(.ipv4Unspecified)])
    let six = try #require(IPAddress("2001:db8:1:2:3::9"))
    for last: UInt32 in 1...3 {
      counter.count(
        namespace: nil, local: Self.own, port: 80, remote: IPAddress(ipv4: 0xc000_0200 + last), remotePort: 9_000)
    }
    counter.count(namespace: nil, local: Self.own, port: 40_000, remote: Self.other, remotePort: 443)
    counter.count(namespace: nil, local: Self.own, port: 40_001, remote: Self.other, remotePort: 5_432)
    counter.count(namespace: nil, local: six, port: 40_001, remote: six, remotePort: 443)
    let network = IPAddress(ipv4: 0xc000_0200)
    #expect(
      counter.summary.networks == [
        .init(address: network, prefixLength: 24, outboundPort: nil, connections: 3),
        .init(address: network, prefixLength: 24, outboundPort: 443, connections: 1),
        .init(address: network, prefixLength: 24, outboundPort: 5_432, connections: 1),
        .init(
          address: try #require(IPAddress("2001:db8:1:2::")), prefixLength: 64, outboundPort: 443, connections: 1),
      ])
    #expect(counter.summary.others == 0)
  }

  @Test("The 200 networks with the most connections are told, the rest as a number")
  func boundsPeers() {
    var counter = ConnectionCounter(listeners: [])
    for network: UInt32 in 0..<250 {
      for _ in 0..<(network < 50 ? 1 : 2) {
        counter.count(
          namespace: nil, local: Self.own, port: 40_000, remote: IPAddress(ipv4: 0x0b00_0001 + network << 8),
          remotePort: 443)
      }
    }
    #expect(counter.summary.networks.count == WireLimits.peerNetworks)
    #expect(counter.summary.networks.allSatisfy { $0.connections == 2 })
    #expect(counter.summary.others == 50)
  }
}
