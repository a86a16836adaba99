import SocketFilter
import Testing

@testable import SocketInventory

@Suite("sock_diag codec of Unix sockets")
struct UnixDiagnosticsTests {
  /// An answer as the kernel lays it out (struct unix_diag_msg of linux/unix_diag.h), numbers in the machine's byte order,
  /// here little-endian.
  private static let golden: [UInt8] =
    [
      1,  // udiag_family: AF_UNIX
      1,  // udiag_type: SOCK_STREAM
      10,  // udiag_state: TCP_LISTEN
      0,  // pad
      0x39, 0x30, 0, 0,  // udiag_ino: 12345
      0x11, 0, 0, 0, 0x22, 0, 0, 0,  // udiag_cookie: low word first
    ] + [
      9, 0, 0, 0,  // nla_len, nla_type: UNIX_DIAG_NAME
      0x2f, 0x72, 0x75, 0x6e, 0x00, 0, 0, 0,  // "/run", a zero and padding
    ] + [
      8, 0, 2, 0, 0x3a, 0x30, 0, 0,  // UNIX_DIAG_PEER: 12346
      12, 0, 4, 0, 1, 0, 0, 0, 0x80, 0, 0, 0,  // UNIX_DIAG_RQLEN: one waits, 128 may
      8, 0, 7, 0, 0xe8, 0x03, 0, 0,  // UNIX_DIAG_UID: 1000
    ]

  private func decode(_ bytes: [UInt8]) -> UnixSocket? {
    bytes.withUnsafeBytes { UnixDiagnostics.socket(from: $0) }
  }

  @Test("Every field of a listening socket is read")
  func goldenBytes() throws {
    let socket = try #require(decode(Self.golden))
    #expect(socket.kind == .stream)
    #expect(socket.state == .listening)
    #expect(socket.path == "/run")
    #expect(socket.inode == 12345)
    #expect(socket.peerInode == 12346)
    #expect(socket.receiveQueue == 1)
    #expect(socket.sendQueue == 128)
    #expect(socket.uid == 1000)
    #expect(socket.cookie == 0x22_0000_0011)
  }

  @Test("An abstract name has @ for its zero bytes, and what is no UTF-8 is replaced")
  func names() {
    #expect([UInt8]("\u{0}dbus\u{0}x".utf8).withUnsafeBytes { UnixSocket.path($0) } == "@dbus@x")
    #expect([0x2f, 0xff].withUnsafeBytes { UnixSocket.path(UnsafeRawBufferPointer(rebasing: $0[..<0])) }.isEmpty)
    #expect(([0x2f, 0xff] as [UInt8]).withUnsafeBytes { UnixSocket.path($0) } == "/\u{fffd}")
  }

  @Test("Truncated and random bytes never trap")
  func fuzz() {
    for length in Self.golden.indices { _ = decode(Array(Self.golden[..<length])) }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<4_000 {
      var bytes = Self.golden
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = decode(bytes)
    }
  }

  @Test("A request asks for exactly the states named, and for names, peers, queues and users")
  func request() {
    let bytes = UnixDiagnostics.request(states: [.listening, .unconnected])
    #expect(bytes.count == 24)
    // sdiag_family AF_UNIX, protocol and padding, udiag_states: bits 7 and 10; udiag_ino; udiag_show: bits 0, 2, 4 and 6.
    #expect(bytes[..<12] == [1, 0, 0, 0, 0x80, 0x04, 0, 0, 0, 0, 0, 0])
    #expect(bytes[12] == 0b101_0101)
  }
}
