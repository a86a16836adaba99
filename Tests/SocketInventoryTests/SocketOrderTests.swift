import Model
import SocketFilter
import Testing

@testable import SocketInventory

@Suite struct SocketOrderTests {
  private func socket(_ family: IPAddress.Family, _ random: inout SystemRandomNumberGenerator) -> DiagnosedSocket {
    func address() -> IPAddress {
      let low = UInt128(UInt32.max - .random(in: 0...2, using: &random))
      return IPAddress(family: family, value: family == .ipv4 ? low : low << UInt128.random(in: 0...96, using: &random))
    }
    let (local, remote) = (address(), address())
    return DiagnosedSocket(
      socketProtocol: .tcp, family: family, state: .established, localAddress: local,
      localPort: Port([0, 22, 65_535].randomElement(using: &random) ?? 0), remoteAddress: remote,
      remotePort: Port([0, 1, 65_535].randomElement(using: &random) ?? 0), uid: 0, inode: 1, cookie: 1)
  }

  @Test(arguments: [IPAddress.Family.ipv4, .ipv6])
  func theOrderIsByLocalPortLocalAddressRemotePortAndRemoteAddress(family: IPAddress.Family) {
    var random = SystemRandomNumberGenerator()
    let sockets = (0..<500).map { _ in socket(family, &random) }
    let expected = sockets.indices.sorted { left, right in
      let (one, other) = (sockets[left], sockets[right])
      if one.localPort != other.localPort { return one.localPort < other.localPort }
      if one.localValue != other.localValue { return one.localValue < other.localValue }
      if one.remotePort != other.remotePort { return one.remotePort < other.remotePort }
      if one.remoteValue != other.remoteValue { return one.remoteValue < other.remoteValue }
      return left < right
    }
    #expect(SocketOrder.indices(of: sockets) == expected.map { Int32($0) })
  }

  @Test(arguments: [
    ("sockets: used 300\nTCP: inuse 27 orphan 1 tw 12 alloc 31 mem 5\nUDP: inuse 8 mem 3\nRAW: inuse 4\n", 47),
    ("TCP6: inuse 5\nUDP6: inuse 2\nFRAG6: inuse 0 memory 0\n", 7), ("", 0), ("TCP: inuse", 0), ("TCP: inuse -3", 0),
    ("TCP: inuse 99999999999999999999 tw x", 0), ("TCP: inuse 9223372036854775807 tw 9223372036854775807", 8_000_000),
  ])
  func socketsAreCountedBeforehand(text: String, count: Int) {
    #expect(SocketCount.count(in: Array(text.utf8)) == count)
  }
}
