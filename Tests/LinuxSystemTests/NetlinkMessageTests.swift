import LinuxSystem
import Testing

@Suite("Netlink messages")
struct NetlinkMessageTests {
  /// A header of 16 bytes as on the little-endian machines we run on: length, type, flags, sequence, port id.
  private func message(length: UInt32, type: UInt16, flags: UInt16 = 0, payload: [UInt8] = []) -> [UInt8] {
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
    return bytes(length) + bytes(type) + bytes(flags) + bytes(UInt32(7)) + bytes(UInt32(0)) + payload
  }

  private func read(_ datagram: [UInt8]) -> (isWhole: Bool, payloads: [[UInt8]], ends: [NetlinkMessage.End?]) {
    var payloads: [[UInt8]] = []
    var ends: [NetlinkMessage.End?] = []
    let misfit = datagram.withUnsafeBytes { bytes in
      NetlinkMessage.forEach(in: bytes) { message, _ in
        payloads.append(Array(message.payload))
        ends.append(message.end)
      }
    }
    return (misfit == nil, payloads, ends)
  }

  @Test("Several messages in one datagram are read at multiples of four")
  func several() {
    let datagram =
      message(length: 17, type: 20, payload: [9, 0, 0, 0]) + message(length: 18, type: 20, payload: [1, 2])
    let result = read(datagram)
    #expect(result.isWhole)
    #expect(result.payloads == [[9], [1, 2]])
    #expect(result.ends == [nil, nil])
  }

  @Test(
    "A length below the header or beyond the datagram ends the reading", arguments: [0, 1, 15, 17, 4096, UInt32.max])
  func lengthsThatDoNotFit(length: UInt32) {
    #expect(!read(message(length: length, type: 20)).isWhole)
  }

  @Test("The end of a dump and the kernel's errors are told apart")
  func ends() {
    #expect(read(message(length: 16, type: 3)).ends == [.done])
    #expect(read(message(length: 20, type: 3, payload: [0xfc, 0xff, 0xff, 0xff])).ends == [.failed(4)])
    #expect(read(message(length: 20, type: 2, payload: [0xff, 0xff, 0xff, 0xff])).ends == [.failed(1)])
    #expect(read(message(length: 20, type: 2, payload: [0, 0, 0, 0])).ends == [.done])
    #expect(read(message(length: 20, type: 2, payload: [0, 0, 0, 0x80])).ends == [.failed(.min)])
  }

  @Test("No bytes whatever make the reader crash or loop")
  func randomBytes() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<96, using: &random)).map { _ in
        UInt8.random(in: 0...(Bool.random(using: &random) ? 23 : 255), using: &random)
      }
      let payloads = read(bytes).payloads
      #expect(payloads.reduce(0) { $0 + $1.count } <= bytes.count)
      bytes.withUnsafeBytes { all in
        var total = 0
        NetlinkMessage.forEachAttribute(in: all) { total += $1.count }
        #expect(total <= bytes.count)
      }
    }
  }

  @Test("An encoded request reads back")
  func roundTrip() {
    let attribute = NetlinkMessage.encodeAttribute(type: 5, value: [1, 2, 3])
    #expect(attribute == [7, 0, 5, 0, 1, 2, 3, 0])
    let request = NetlinkMessage.encode(
      type: 20, flags: NetlinkMessage.Flags.dump, sequence: 7, payload: attribute)
    #expect(request == message(length: 24, type: 20, flags: 0x301, payload: attribute))
  }
}
