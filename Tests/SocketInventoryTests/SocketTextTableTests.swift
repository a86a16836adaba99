import LinuxSystem
import Model
import SocketFilter
import Testing

@testable import SocketInventory

@Suite("The kernel's text tables of sockets")
struct SocketTextTableTests {
  private func socket(_ line: String, _ family: IPAddress.Family = .ipv4) -> DiagnosedSocket? {
    SocketTextTable.socket(Array(line.utf8), .tcp, family)
  }

  @Test("A line of /proc/net/tcp is read field by field")
  func line() throws {
    // As tcp4_seq_show prints on a little-endian machine: 127.0.0.1:8080 to 10.0.0.2:443, established, 3 bytes to be
    // acknowledged and 5 to be read, the retransmit timer in 0x10 hundredths of a second, 2 retransmits, user 1000.
    let found = try #require(
      socket(
        "   7: 0100007F:1F90 0200000A:01BB 01 00000003:00000005 01:00000010 00000002  1000        0 12345 1 ffff 20"))
    #expect(found.localAddress.description == "127.0.0.1")
    #expect(found.localPort == 8080)
    #expect(found.remoteAddress.description == "10.0.0.2")
    #expect(found.remotePort == 443)
    #expect(found.state == .established)
    #expect(found.sendQueue == 3)
    #expect(found.receiveQueue == 5)
    #expect(found.timer == .retransmit)
    #expect(found.timerMilliseconds == 160)
    #expect(found.retransmits == 2)
    #expect(found.uid == 1000)
    #expect(found.inode == 12345)
    #expect(found.cookie == nil)
    let six = try #require(
      socket(
        " 0: B80D0120000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 "
          + "00000000 0 0 9 1", .ipv6))
    #expect(six.localAddress.description == "2001:db8::1")
    #expect(six.state == .listening)
  }

  @Test(
    "Headings and other text are no sockets",
    arguments: [
      "", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "0: 0100007F:1F90 0200000A:01BB 01 3:5 1:1 2 1000 0", "0: 0100007F 0200000A:01BB 01 3:5 1:1 2 1000 0 1",
      "0: 0100007F:1F90 0200000A:01BB FF 3:5 1:1 2 1000 0 1", "0: 0100007F:1F90 0200000A:01BB 01 3:5 1:1 2 -1 0 1",
      "0: 0100007F:1F90 0200000A:01BB 01 3:5 1:1 2 1000 0 99999999999",
    ])
  func malformed(line: String) {
    #expect(socket(line) == nil)
  }

  @Test("Random octets never trap")
  func fuzz() {
    var random = SystemRandomNumberGenerator()
    let words = ["0:", "0100007F:1F90", "0A", "3:5", "1:FFFFFFFF", "FFFFFFFF", "4294967295", "x", ":", "0", "\u{ff}"]
    for _ in 0..<2_000 {
      let line = (0..<Int.random(in: 0...14, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
      for family in [IPAddress.Family.ipv4, .ipv6] { _ = socket(line.joined(separator: " "), family) }
      _ = SocketTextTable.unixSocket(Array(line.joined(separator: " ").utf8))
    }
  }

  @Test("A line of /proc/net/unix is read, its path with blanks")
  func unixLine() throws {
    let found = try #require(
      SocketTextTable.unixSocket(Array("ffff: 00000002 00000000 00010000 0001 01 4711 /run/a b.sock".utf8)))
    #expect(found.kind == .stream)
    #expect(found.state == .listening)
    #expect(found.inode == 4711)
    #expect(found.path == "/run/a b.sock")
    let other = try #require(SocketTextTable.unixSocket(Array("ffff: 00000003 00000000 00000000 0002 01 9".utf8)))
    #expect(other.kind == .datagram)
    #expect(other.state == .unconnected)
    #expect(other.path.isEmpty)
  }

  @Test("Text tables and sock_diag name the same sockets of this process")
  func agreement() throws {
    let own = try (0..<3).map { _ in try ListeningSocket() }
    let query = SocketQuery(protocols: [.tcp, .udp, .unix], states: .all, includesProcesses: false)
    let kernel = try SocketTables(query, from: .kernel, namespace: nil)
    let files = try SocketTables(query, from: .files("/proc/self/net"), namespace: nil)
    func mine(_ tables: SocketTables) -> [[String]] {
      tables.sockets.filter { socket in own.contains { $0.port == socket.localPort } && socket.state == .listening }
        .map { ["\($0.localAddress)", "\($0.localPort)", $0.state.rawValue, "\($0.uid)", "\($0.inode)"] }
        .sorted { $0[1] < $1[1] }
    }
    #expect(mine(kernel).count == 3)
    #expect(mine(kernel) == mine(files))
    #expect(!Set(kernel.unixSockets.map(\.inode)).isDisjoint(with: files.unixSockets.map(\.inode)))
  }
}
