import Glibc
import LinuxSystem
import Model
import SocketFilter
import Testing

@testable import SocketInventory

@Suite("Inventory of this host")
struct InventoryReaderTests {
  /// A bound socket on a port that the kernel chose.
  private struct Bound: ~Copyable {
    let descriptor: Descriptor
    let port: Port

    init(_ type: __socket_type) throws {
      let descriptor = Descriptor(
        owning: try SystemCall.retrying("socket") { socket(AF_INET, Int32(type.rawValue), 0) })
      let number = descriptor.number
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      try withUnsafeMutablePointer(to: &address) { pointer in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
          try SystemCall.retrying("bind") { bind(number, generic, length) }
          if type == SOCK_STREAM { try SystemCall.retrying("listen") { listen(number, 7) } }
          try SystemCall.retrying("getsockname") { getsockname(number, generic, &length) }
        }
      }
      self.descriptor = descriptor
      port = Port(UInt16(bigEndian: address.sin_port))
    }
  }

  @Test("A listener of this process is found with its process and queue length")
  func ownListener() throws {
    let bound = try Bound(SOCK_STREAM)
    let snapshot = try InventoryReader.snapshot(.listeners)
    let row = try #require(
      snapshot.rows.first {
        $0.localPort == bound.port && $0.localAddress == .ipv4Loopback && $0.socketProtocol == .tcp
      })
    #expect(row.state == .listening)
    #expect(row.family == .ipv4)
    #expect(row.remotePort == 0)
    #expect(row.sendQueue == 7)
    #expect(row.uid == geteuid())
    #expect(row.cookie != 0)
    let process = try #require(row.ownership.holders.map(\.process).first { $0.pid == getpid() })
    #expect(process.parentPid == getppid())
    #expect(process.uid == geteuid())
    #expect(process.executable?.isEmpty == false)
    #expect(process.startTime <= snapshot.namespaces[0].sampledAt + 1000)
    #expect(row.user == process.user)
    #expect(snapshot.namespaces[0].inode != nil)
    _ = consume bound
  }

  @Test("A bound UDP socket is a listener too")
  func ownDatagramSocket() throws {
    let bound = try Bound(SOCK_DGRAM)
    let rows = try InventoryReader.snapshot(SocketQuery(protocols: [.udp], states: .waiting)).rows
    let row = try #require(rows.first { $0.localPort == bound.port && $0.localAddress == .ipv4Loopback })
    #expect(row.state == .unconnected)
    #expect(row.ownership.holders.contains { $0.process.pid == getpid() })
    #expect(rows.allSatisfy { $0.socketProtocol == .udp })
    _ = consume bound
  }

  @Test("Without being asked for, processes are neither read nor called unknown")
  func withoutProcesses() throws {
    let bound = try Bound(SOCK_STREAM)
    let query = SocketQuery(protocols: [.tcp], families: [.ipv4], states: [.listening], includesProcesses: false)
    let rows = try InventoryReader.snapshot(query).rows
    #expect(rows.contains { $0.localPort == bound.port })
    #expect(rows.allSatisfy { $0.ownership == .notApplicable && $0.state == .listening && $0.family == .ipv4 })
    _ = consume bound
  }

  @Test("Loopback is among the interfaces' addresses with its prefix")
  func interfaces() throws {
    let addresses = try InterfaceAddresses.current()
    let loopback = try #require(addresses.first { $0.address == .ipv4Loopback })
    #expect(loopback.interface == "lo")
    #expect(loopback.index > 0)
    #expect(loopback.prefixLength == 8)
  }
}
