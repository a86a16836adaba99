import Model
import SocketFilter
import Testing

@testable import SocketInventory

@Suite("Kernel filter")
struct KernelFilterTests {
  private func expression(_ text: String) throws -> FilterExpression {
    try #require(try SocketFilterParser.parse([text], environment: FilterEnvironment()).expression)
  }

  private func verdict(_ text: String, _ family: IPAddress.Family = .ipv4) throws -> KernelFilter.Verdict {
    KernelFilter.verdict(
      for: try expression(text), socketProtocol: .tcp, family: family,
      machine: KernelFilter.Machine(ephemeralPorts: 32768...60999, interfaceIndex: { $0 == "lo" ? 1 : nil }))
  }

  @Test("A port is a host condition without address")
  func port() throws {
    let golden: [UInt8] = [
      16, 0,  // nla_len, header included
      1, 0,  // nla_type: INET_DIAG_REQ_BYTECODE
      7, 12,  // INET_DIAG_BC_S_COND, yes: its length
      16, 0,  // no: four bytes behind the end
      0, 0, 0, 0,  // family AF_UNSPEC, prefix_len, padding
      22, 0, 0, 0,  // port
    ]
    #expect(try verdict("sport = :22") == .some(attribute: golden))
  }

  @Test("An alternative jumps over the other, a negation jumps behind the end")
  func alternative() throws {
    let golden: [UInt8] = [
      40, 0, 1, 0,  // attribute
      8, 12, 16, 0,  // INET_DIAG_BC_D_COND, on failure behind the jump
      0, 0, 0, 0, 80, 0, 0, 0,  // port 80
      1, 4, 24, 0,  // INET_DIAG_BC_JMP to the end
      2, 8, 20, 0,  // INET_DIAG_BC_S_GE, on failure to the end: the negation
      0, 0, 0x00, 0x04,  // 1024 in `no` of a second head
      3, 8, 12, 0,  // INET_DIAG_BC_S_LE, likewise
      0, 0, 0xd0, 0x07,  // 2000
      1, 4, 8, 0,  // INET_DIAG_BC_JMP behind the end
    ]
    #expect(try verdict("dport = :80 or not sport = :1024-2000") == .some(attribute: golden))
  }

  @Test("Networks, interfaces, marks, control groups and chosen ports")
  func others() throws {
    func code(_ text: String, _ family: IPAddress.Family = .ipv4) throws -> [UInt8] {
      guard case .some(let attribute) = try verdict(text, family) else { return [] }
      return Array(attribute.dropFirst(4))
    }
    #expect(
      try code("src 10.1/16") == [7, 16, 20, 0, 2, 16, 0, 0, 0xff, 0xff, 0xff, 0xff, 10, 1, 0, 0])
    #expect(
      try code("dst 2001:db8::/32", .ipv6)
        == [8, 28, 32, 0, 10, 32, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 12))
    #expect(try code("dev lo") == [9, 8, 12, 0, 1, 0, 0, 0])
    #expect(try code("fwmark 0x1/0xff") == [10, 12, 16, 0, 1, 0, 0, 0, 0xff, 0, 0, 0])
    #expect(
      try code("autobound") == [6, 4, 24, 0, 2, 8, 20, 0, 0, 0, 0, 0x80, 3, 8, 12, 0, 0, 0, 0x47, 0xee])
    let group = KernelProgram(.test(.cgroup(0x0102_0304_0506_0708)))
    #expect(group.bytes == [13, 12, 16, 0, 8, 7, 6, 5, 4, 3, 2, 1])
    #expect(KernelFilter.chosenPorts == [8, 0, 1, 0, 6, 4, 8, 0])
  }

  @Test("What the kernel cannot judge is perhaps, negated too")
  func bounds() throws {
    #expect(try verdict("proc x") == .everything)
    #expect(try verdict("not proc x") == .everything)
    #expect(try verdict("proc x or sport = :22") == .everything)
    #expect(try verdict("proc x and sport = :22") == verdict("sport = :22"))
    #expect(try verdict("not ( proc x or sport = :22 )") == verdict("not sport = :22"))
    #expect(try verdict("not ( proc x and sport = :22 )") == .everything)
    #expect(try verdict("not ( sport = :22 or not proc x )") == verdict("not sport = :22"))
    #expect(try verdict("not not sport = :22") == verdict("sport = :22"))
    #expect(try verdict("user 0 user 1") == .everything)
  }

  @Test("What cannot be of a family is not dumped")
  func families() throws {
    #expect(try verdict("src ::1", .ipv4) == .none)
    #expect(try verdict("src inet6:*", .ipv4) == .none)
    #expect(try verdict("src inet:*", .ipv4) == .everything)
    #expect(try verdict("not src ::1", .ipv4) == .everything)
    #expect(try verdict("src unix:*", .ipv4) == .none)
    #expect(try verdict("src ::1 or sport = :1", .ipv4) == verdict("sport = :1", .ipv4))
    // Mapped addresses make IPv4 networks matter among IPv6 sockets.
    #expect(try verdict("src 127/8", .ipv6) != .none)
    #expect(try verdict("dev nosuchinterface") == .none)
  }

  @Test("A filter too long for the kernel is left out")
  func long() throws {
    let text = "sport = :" + stride(from: 1, to: 3000, by: 2).map(String.init).joined(separator: ",")
    #expect(try verdict(text) != .everything)
    let many = KernelExpression.any((0..<9000).map { .test(.port(.local, UInt16($0))) })
    #expect(KernelProgram(many).bytes == nil)
  }
}
