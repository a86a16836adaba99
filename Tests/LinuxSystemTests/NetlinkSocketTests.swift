import Glibc
import LinuxSystem
import Testing

/// Exchanges with a kernel that this test plays: what is old, strange or cut is an error that says where, and never a hang.
@Suite struct NetlinkSocketTests {
  /// A socket whose kernel has answered already: the first exchange has sequence number 1.
  private struct Played: ~Copyable {
    var netlink: NetlinkSocket
    let kernel: Descriptor

    init(_ datagrams: [[UInt8]], timeLimit: Duration = .seconds(60)) throws(SystemError) {
      var ends: [Int32] = [0, 0]
      try SystemCall.retrying("socketpair") {
        socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
      }
      let ours = Descriptor(owning: ends[0])
      let kernel = Descriptor(owning: ends[1])
      let number = ends[1]
      for datagram in datagrams {
        try SystemCall.retrying("send") { send(number, datagram, datagram.count, 0) }
      }
      netlink = try NetlinkSocket(ours, receiveTimeout: .milliseconds(200), timeLimit: timeLimit)
      self.kernel = kernel
    }
  }

  /// A header of 16 bytes as on the little-endian machines we run on: length, type, flags, sequence, port id.
  private static func message(
    type: UInt16, length: UInt32? = nil, flags: UInt16 = 0, sequence: UInt32 = 1, _ payload: [UInt8] = []
  ) -> [UInt8] {
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
    return bytes(length ?? UInt32(16 + payload.count)) + bytes(type) + bytes(flags) + bytes(sequence)
      + bytes(UInt32(0)) + payload
  }

  private static let done = message(type: 3, [0, 0, 0, 0])

  /// The payloads of a dump, each of which has at least four bytes.
  private static func dump(
    _ datagrams: [[UInt8]], timeLimit: Duration = .seconds(60)
  ) throws(SystemError) -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    var played = try Played(datagrams, timeLimit: timeLimit)
    try played.netlink.dump(type: 20, payload: [], smallest: 4, restart: { payloads = [] }) {
      payloads.append(Array($0))
    }
    return payloads
  }

  @Test func aDumpIsReadAcrossDatagramsToItsEnd() throws {
    let first = Self.message(type: 20, flags: 2, [1, 2, 3, 4]) + Self.message(type: 20, flags: 2, [5, 6, 7, 8])
    #expect(
      try Self.dump([first, Self.message(type: 20, flags: 2, [9, 9, 9, 9]), Self.done])
        == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 9, 9, 9]])
  }

  @Test func lateAnswersAndEmptyMessagesAreNoPart() throws {
    let late = Self.message(type: 20, sequence: 0, [1, 1, 1, 1]) + Self.message(type: 3, sequence: 0)
    let nothing = Self.message(type: 1)
    #expect(try Self.dump([late, nothing + Self.message(type: 20, [2, 2, 2, 2]) + Self.done]) == [[2, 2, 2, 2]])
    // What stands behind the end is not read any more.
    #expect(try Self.dump([Self.done + Self.message(type: 20, [3, 3, 3, 3])]) == [])
  }

  @Test func aDumpThatWasDisturbedIsAskedForAgain() throws {
    let disturbed = Self.message(type: 20, flags: 0x10, [1, 1, 1, 1]) + Self.done
    let second = Self.message(type: 20, sequence: 2, [2, 2, 2, 2]) + Self.message(type: 3, sequence: 2)
    #expect(try Self.dump([disturbed, second]) == [[2, 2, 2, 2]])
  }

  private static let malformed: [(datagram: [UInt8], offset: Int)] = {
    let whole = message(type: 20, [1, 2, 3, 4])
    var cases: [(datagram: [UInt8], offset: Int)] = []
    // A length below the header, one beyond the datagram, a header that was cut, one behind a good message.
    cases.append((message(type: 20, length: 0, [1, 2, 3, 4]), 0))
    cases.append((message(type: 20, length: 15), 0))
    cases.append((message(type: 20, length: 4096), 0))
    cases.append((message(type: 20, length: .max), 0))
    cases.append((Array(done.prefix(9)), 0))
    cases.append((whole + message(type: 20, length: 3), 20))
    // An answer that is too short to be one.
    cases.append((whole + message(type: 20, [1, 2]) + [0, 0], 20))
    cases.append((message(type: 20), 0))
    return cases
  }()

  @Test(arguments: malformed)
  func whatIsMalformedIsSaidByItsOffset(datagram: [UInt8], offset: Int) throws {
    let error = try #require(throws: SystemError.self) { try Self.dump([datagram, Self.done]) }
    #expect(error.errno == EPROTO)
    #expect(error.call.contains("at byte \(offset) of \(datagram.count)"))
  }

  @Test func lossAndRefusalAreErrors() throws {
    func code(_ datagrams: [[UInt8]], timeLimit: Duration = .seconds(60)) throws -> Int32 {
      try #require(throws: SystemError.self) { try Self.dump(datagrams, timeLimit: timeLimit) }.errno
    }
    // NLMSG_OVERRUN; NLMSG_ERROR with EPERM and without a code; NLMSG_DONE with EINTR.
    #expect(try code([Self.message(type: 20, [1, 2, 3, 4]) + Self.message(type: 4)]) == ENOBUFS)
    #expect(try code([Self.message(type: 2, [0xff, 0xff, 0xff, 0xff])]) == EPERM)
    #expect(try code([Self.message(type: 2)]) == EPROTO)
    #expect(try code([Self.message(type: 3, [0xfc, 0xff, 0xff, 0xff])]) == EINTR)
    // A datagram over the buffer, an end that never comes in silence, one that never comes in a stream.
    #expect(try code([[UInt8](repeating: 0, count: 70_000)]) == EMSGSIZE)
    #expect(try code([Self.message(type: 20, [1, 2, 3, 4])]) == EAGAIN)
    #expect(try code([Self.message(type: 20, [1, 2, 3, 4])], timeLimit: .zero) == ETIMEDOUT)
    #expect(try code([Self.message(type: 20, sequence: 0, [1, 2, 3, 4])], timeLimit: .zero) == ETIMEDOUT)
  }

  @Test func anotherEndThatWentAwayIsNoLoop() throws {
    var played = try Played([])
    // Only the other direction is closed, so that the question itself can be sent.
    shutdown(played.kernel.number, Int32(SHUT_WR))
    do throws(SystemError) {
      try played.netlink.ask(type: 20, payload: []) { _ in }
      Issue.record("nothing is no answer")
    } catch {
      #expect(error.errno == EPROTO)
    }
  }

  @Test func noBytesWhateverAreAHang() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let datagrams = (0..<Int.random(in: 1..<4, using: &random)).map { _ in
        Self.message(
          type: .random(in: 0..<24, using: &random), length: .random(in: 0..<64, using: &random),
          sequence: .random(in: 0..<2, using: &random),
          (0..<Int.random(in: 0..<48, using: &random)).map { _ in .random(in: 0...255, using: &random) })
      }
      // Any answer is right that comes.
      _ = try? Self.dump(datagrams + [Self.done])
    }
  }
}
