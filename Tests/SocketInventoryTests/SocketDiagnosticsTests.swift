import Model
import SocketFilter
import SocketInventory
import Testing

@Suite("sock_diag codec")
struct SocketDiagnosticsTests {
  /// An answer as the kernel lays it out (struct inet_diag_msg of linux/inet_diag.h): addresses and ports in network byte
  /// order, the rest in the machine's, here little-endian.
  private static let golden: [UInt8] =
    [
      10,  // idiag_family: AF_INET6
      10,  // idiag_state: TCP_LISTEN
      0,  // idiag_timer
      0,  // idiag_retrans
      0x01, 0xbb,  // id.idiag_sport: 443
      0x00, 0x00,  // id.idiag_dport
      0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x05,  // id.idiag_src: 2001:db8::5
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // id.idiag_dst: ::
      2, 0, 0, 0,  // id.idiag_if
      0x11, 0, 0, 0, 0x22, 0, 0, 0,  // id.idiag_cookie: low word first
      0, 0, 0, 0,  // idiag_expires
      3, 0, 0, 0,  // idiag_rqueue
      0x80, 0, 0, 0,  // idiag_wqueue
      0xe8, 0x03, 0, 0,  // idiag_uid: 1000
      0x39, 0x30, 0, 0,  // idiag_inode: 12345
    ] + [
      5, 0,  // nla_len
      8, 0,  // nla_type: INET_DIAG_SHUTDOWN
      0, 0, 0, 0,  // value and padding
      5, 0,  // nla_len
      11, 0,  // nla_type: INET_DIAG_SKV6ONLY
      1, 0, 0, 0,  // value and padding
    ]

  private func decode(_ bytes: some Sequence<UInt8>) -> DiagnosedSocket? {
    Array(bytes).withUnsafeBytes { SocketDiagnostics.socket(from: $0, .tcp) }
  }

  @Test("Every field of a listening IPv6 socket is read")
  func goldenBytes() throws {
    let socket = try #require(decode(Self.golden))
    #expect(socket.socketProtocol == .tcp)
    #expect(socket.family == .ipv6)
    #expect(socket.state == .listening)
    #expect(socket.localAddress.description == "2001:db8::5")
    #expect(socket.localPort == 443)
    #expect(socket.remoteAddress == .ipv6Unspecified)
    #expect(socket.remotePort == 0)
    #expect(socket.interfaceIndex == 2)
    #expect(socket.cookie == 0x22_0000_0011)
    #expect(socket.receiveQueue == 3)
    #expect(socket.sendQueue == 128)
    #expect(socket.uid == 1000)
    #expect(socket.inode == 12345)
    #expect(socket.isIPv6Only == true)
  }

  @Test("An IPv4 socket uses the first word of each address")
  func ipv4() throws {
    var bytes = Self.golden
    bytes[0] = 2
    bytes[1] = 1
    bytes.replaceSubrange(8..<12, with: [10, 1, 2, 3])
    bytes.replaceSubrange(24..<28, with: [192, 0, 2, 9])
    let socket = try #require(decode(bytes))
    #expect(socket.state == .established)
    #expect(socket.localAddress.description == "10.1.2.3")
    #expect(socket.remoteAddress.description == "192.0.2.9")
    #expect(socket.isIPv6Only == nil)
  }

  @Test("Without its attribute the v6only flag is not known")
  func withoutAttributes() throws {
    let socket = try #require(decode(Self.golden.prefix(72)))
    #expect(socket.isIPv6Only == nil)
  }

  @Test("Cut anywhere, an answer is read without its tail or not at all")
  func truncated() {
    for length in 0..<Self.golden.count {
      #expect((decode(Self.golden.prefix(length)) != nil) == (length >= 72))
    }
  }

  @Test(
    "Unknown families and states are no sockets",
    arguments: [(0, 1), (1, 10), (10, 0), (10, 12), (2, 255)] as [(UInt8, UInt8)])
  func unknown(family: UInt8, state: UInt8) {
    var bytes = Self.golden
    bytes[0] = family
    bytes[1] = state
    #expect(decode(bytes) == nil)
  }

  @Test("No bytes whatever make the decoder crash")
  func randomBytes() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var bytes = Self.golden
      for _ in 0..<Int.random(in: 1..<30, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = decode(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
    }
  }

  @Test("A request asks for exactly the states named")
  func request() throws {
    let bytes = try #require(
      SocketDiagnostics.request(.udp, family: .ipv6, states: [.listening, .unconnected]))
    #expect(bytes.count == 56)
    // sdiag_family AF_INET6, sdiag_protocol 17, idiag_ext, pad, idiag_states: bits 7 and 10.
    #expect(bytes.prefix(8) == [10, 17, 0, 0, 0x80, 0x04, 0, 0])
    #expect(bytes.dropFirst(8).allSatisfy { $0 == 0 })
    #expect(SocketDiagnostics.request(.unix, family: .ipv4, states: .all) == nil)
  }
}
