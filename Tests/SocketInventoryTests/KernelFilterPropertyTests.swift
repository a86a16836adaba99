import Model
import SocketFilter
import Testing

@testable import SocketInventory

/// Programs of random expressions, run as the kernel runs them (inet_diag_bc_run) after the checks that it makes
/// (inet_diag_bc_audit, net/ipv4/inet_diag.c).
@Suite("Kernel filter, random expressions")
struct KernelFilterPropertyTests {
  private static let predicates = [
    "sport = :22", "sport != :22", "dport >= :1000", "dport < :5000", "sport = :20-30,80", "src 127/8",
    "dst 10.0.0.0/8",
    "src ::1", "dst ::/0", "src 0.0.0.0/0", "dst 127.0.0.1:443", "src inet6:*", "src unix:*", "dev lo", "dev 0",
    "proc x", "user 0", "sport > :65535", "dst *", "dport 0",
  ]
  private static let addresses = ["127.0.0.1", "10.1.2.3", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "2001:db8::1"]
  private static let ports: [UInt16] = [0, 22, 25, 80, 443, 1000, 4999, 5000, 65535]

  @Test("Programs pass the kernel's checks and let pass whatever the expression may accept")
  func random() throws {
    var random = SystemRandomNumberGenerator()
    var exact = 0
    for _ in 0..<200 {
      let text = Self.expression(depth: 3, &random)
      let expression = try #require(
        try SocketFilterParser.parse([text], environment: FilterEnvironment()).expression)
      for family in [IPAddress.Family.ipv4, .ipv6] {
        let verdict = KernelFilter.verdict(
          for: expression, socketProtocol: .tcp, family: family,
          machine: KernelFilter.Machine(interfaceIndex: { $0 == "lo" ? 1 : nil }))
        var code: [UInt8] = []
        if case .some(let attribute) = verdict {
          code = Array(attribute.dropFirst(4))
          #expect(Self.passesAudit(code), "\(text)")
        }
        for _ in 0..<20 {
          let socket = Self.socket(family, &random)
          let passes =
            switch verdict {
            case .none: false
            case .everything: true
            case .some: Self.run(code, socket)
            }
          let truth = expression.judge(socket)
          if truth != .no { #expect(passes, "\(text) \(socket)") }
          if !text.contains("proc"), !text.contains("user") {
            exact += 1
            #expect(passes == (truth == .yes), "\(text) \(socket)")
          }
        }
      }
    }
    #expect(exact > 1000)
  }

  private static func expression(depth: Int, _ random: inout SystemRandomNumberGenerator) -> String {
    switch depth == 0 ? 0 : Int.random(in: 0..<4, using: &random) {
    case 1: "not ( \(expression(depth: depth - 1, &random)) )"
    case 2, 3:
      "( "
        + (0..<Int.random(in: 1...3, using: &random)).map { _ in expression(depth: depth - 1, &random) }
        .joined(separator: Bool.random(using: &random) ? " ) and ( " : " ) or ( ") + " )"
    default: predicates.randomElement(using: &random) ?? "autobound"
    }
  }

  private struct Socket: FilterSubject {
    let local: FilterEndpoint
    let remote: FilterEndpoint
    let interfaceIndex: UInt32

    var socketProtocol: SocketProtocol { .tcp }
    var state: SocketState { .established }
    var localEndpoint: FilterEndpoint? { local }
    var remoteEndpoint: FilterEndpoint? { remote }
    var localPath: String? { nil }
    var remotePath: String? { nil }
    var interfaceName: String? { interfaceIndex == 1 ? "lo" : nil }
    var isAutobound: Bool? { nil }
    var uid: UInt32? { nil }
    var mark: UInt32? { nil }
    var cgroupID: UInt64? { nil }
    var holders: [FilterProcess]? { nil }
    var namespaceInode: UInt64? { nil }
  }

  private static func socket(_ family: IPAddress.Family, _ random: inout SystemRandomNumberGenerator) -> Socket {
    let fitting = addresses.compactMap { IPAddress($0) }.filter { $0.family == family }
    func end() -> FilterEndpoint {
      FilterEndpoint(
        fitting.randomElement(using: &random) ?? .ipv4Loopback, Port(ports.randomElement(using: &random) ?? 0))
    }
    return Socket(local: end(), remote: end(), interfaceIndex: UInt32.random(in: 0...2, using: &random))
  }

  // MARK: The kernel's part

  private static func number16(_ code: [UInt8], _ offset: Int) -> Int { Int(code[offset]) | Int(code[offset + 1]) << 8 }

  private static func number32(_ code: [UInt8], _ offset: Int) -> Int32 {
    Int32(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(code[offset + $1]) << (8 * UInt32($1)) })
  }

  private static func passesAudit(_ code: [UInt8]) -> Bool {
    var starts: Set<Int> = []
    var offset = 0
    while offset < code.count {
      starts.insert(offset)
      guard code[offset + 1] >= 4 else { return false }
      offset += Int(code[offset + 1])
    }
    guard offset == code.count else { return false }
    starts.insert(code.count)
    return starts.allSatisfy { start in
      guard start < code.count else { return true }
      let least: Int
      switch code[start] {
      case 1, 6: least = 4
      case 2, 3, 4, 5, 9: least = 8
      case 7, 8: least = 12 + (code[start + 4] == 2 ? 4 : code[start + 4] == 10 ? 16 : 0)
      case 10, 13: least = 12
      default: return false
      }
      let yes = Int(code[start + 1])
      let no = number16(code, start + 2)
      let isJump = code[start] == 1
      return yes >= (isJump ? 4 : least) && yes & 3 == 0 && no >= (isJump ? 4 : least) && no & 3 == 0
        && (start + no == code.count + 4 || starts.contains(start + no))
    }
  }

  private static func run(_ code: [UInt8], _ socket: Socket) -> Bool {
    var offset = 0
    while offset < code.count {
      let isYes: Bool
      switch code[offset] {
      case 1: isYes = false
      case 2: isYes = Int(socket.local.port.rawValue) >= number16(code, offset + 6)
      case 3: isYes = Int(socket.local.port.rawValue) <= number16(code, offset + 6)
      case 4: isYes = Int(socket.remote.port.rawValue) >= number16(code, offset + 6)
      case 5: isYes = Int(socket.remote.port.rawValue) <= number16(code, offset + 6)
      case 7, 8: isYes = host(code, offset + 4, code[offset] == 7 ? socket.local : socket.remote)
      case 9: isYes = Int(socket.interfaceIndex) == Int(number32(code, offset + 4))
      default: isYes = false
      }
      offset += isYes ? Int(code[offset + 1]) : number16(code, offset + 2)
    }
    return offset == code.count
  }

  private static func host(_ code: [UInt8], _ offset: Int, _ end: FilterEndpoint) -> Bool {
    let port = number32(code, offset + 4)
    if port != -1, port != Int32(end.port.rawValue) { return false }
    let family: IPAddress.Family
    switch code[offset] {
    case 0: return true
    case 2: family = .ipv4
    default: family = .ipv6
    }
    var address = end.address
    if address.family != family {
      guard family == .ipv4, address.unmapped.family == .ipv4 else { return false }
      address = address.unmapped
    }
    let length = Int(code[offset + 1])
    let wanted = code[(offset + 8)..<(offset + 8 + family.bitWidth / 8)]
    return (0..<length).allSatisfy { bit in
      let mask = UInt8(0x80) >> UInt8(bit % 8)
      return address.octets[bit / 8] & mask == wanted[wanted.startIndex + bit / 8] & mask
    }
  }
}
