import Glibc
import Model
import SocketFilter
import SocketInventory
import Testing

@testable import FreePorts

@Suite("Which ports can be bound")
struct PortJudgeTests {
  private static let everywhere = BindAddress.everywhere

  private func socket(
    _ address: String, _ port: UInt16, _ state: SocketState = .listening, _ socketProtocol: SocketProtocol = .tcp,
    isIPv6Only: Bool? = nil, interfaceIndex: UInt32 = 0, uid: UInt32 = 0
  ) throws -> DiagnosedSocket {
    let address = try #require(IPAddress(address))
    return DiagnosedSocket(
      socketProtocol: socketProtocol, family: address.family, state: state, localAddress: address,
      localPort: Port(port), remoteAddress: IPAddress(family: address.family, value: 0), remotePort: 0,
      interfaceIndex: interfaceIndex, uid: uid, inode: 1, cookie: 1, isIPv6Only: isIPv6Only)
  }

  private func at(_ address: String, _ interfaceIndex: UInt32 = 0) throws -> BindAddress {
    .address(try #require(IPAddress(address)), interfaceIndex: interfaceIndex)
  }

  @Test("Wildcards and addresses are in each other's way")
  func conflictsWithinAFamily() throws {
    let wildcard = try socket("0.0.0.0", 80)
    let local = try socket("127.0.0.1", 80)
    #expect(Self.everywhere.conflict(with: wildcard) == .yes)
    #expect(Self.everywhere.conflict(with: local) == .yes)
    #expect(try at("0.0.0.0").conflict(with: local) == .yes)
    #expect(try at("127.0.0.1").conflict(with: wildcard) == .yes)
    #expect(try at("127.0.0.1").conflict(with: local) == .yes)
    #expect(try at("127.0.0.2").conflict(with: local) == .no)
    let local6 = try socket("::1", 80, isIPv6Only: true)
    #expect(try at("::").conflict(with: local6) == .yes)
    #expect(try at("::1").conflict(with: local6) == .yes)
    #expect(try at("2001:db8::1").conflict(with: local6) == .no)
    #expect(try at("2001:db8::1").conflict(with: try socket("::", 80, isIPv6Only: true)) == .yes)
  }

  @Test("An IPv6 wildcard takes IPv4 too unless it says otherwise")
  func conflictsBetweenFamilies() throws {
    let dual = try socket("::", 80, isIPv6Only: false)
    let only = try socket("::", 80, isIPv6Only: true)
    let untold = try socket("::", 80)
    for address in ["0.0.0.0", "127.0.0.1"] {
      #expect(try at(address).conflict(with: dual) == .yes)
      #expect(try at(address).conflict(with: only) == .no)
      #expect(try at(address).conflict(with: untold) == .perhaps)
    }
    #expect(try at("::").conflict(with: try socket("0.0.0.0", 80)) == .no)
    #expect(try at("::1").conflict(with: try socket("0.0.0.0", 80)) == .no)
    // An IPv4 address within IPv6 is an IPv4 address.
    let mapped = try socket("::ffff:127.0.0.1", 80, isIPv6Only: false)
    #expect(try at("127.0.0.1").conflict(with: mapped) == .yes)
    #expect(try at("0.0.0.0").conflict(with: mapped) == .yes)
    #expect(try at("::").conflict(with: mapped) == .no)
    // A connected IPv6 socket may or may not have been bound to its address.
    let connected = try socket("::1", 40000, .established)
    #expect(try at("0.0.0.0").conflict(with: connected) == .perhaps)
    #expect(try at("127.0.0.1").conflict(with: connected) == .no)
    #expect(try at("0.0.0.0").conflict(with: try socket("::1", 80, isIPv6Only: true)) == .no)
  }

  @Test("Sockets of different interfaces leave each other alone")
  func conflictsOnInterfaces() throws {
    let bound = try socket("fe80::1", 80, isIPv6Only: true, interfaceIndex: 2)
    #expect(try at("fe80::1", 2).conflict(with: bound) == .yes)
    #expect(try at("fe80::1", 3).conflict(with: bound) == .no)
    #expect(try at("fe80::1", 3).conflict(with: try socket("::", 80, isIPv6Only: true)) == .yes)
    #expect(try at("0.0.0.0").conflict(with: try socket("0.0.0.0", 80, interfaceIndex: 2)) == .yes)
  }

  @Test("Every state but a handshake's is in the way")
  func states() throws {
    for state in SocketState.allCases {
      let conflict = Self.everywhere.conflict(with: try socket("127.0.0.1", 80, state))
      #expect(conflict == (state == .synReceived ? .no : .yes), "\(state)")
    }
  }

  @Test("Ports that nobody uses are tried, ports in use are not")
  func trials() throws {
    let sockets = [
      try socket("127.0.0.1", 80), try socket("::1", 40000, .established),
      try socket("0.0.0.0", 53, .unconnected, .udp),
    ]
    let everywhere = PortJudge(.tcp, at: Self.everywhere, rules: PortRules(), sockets: sockets)
    #expect(!everywhere.needsTrial(80) && everywhere.needsTrial(81) && everywhere.needsTrial(53))
    #expect(!everywhere.needsTrial(40000))
    // Another address is free by the tables; binding it would touch a port in use.
    let other = PortJudge(.tcp, at: try at("127.0.0.2"), rules: PortRules(), sockets: sockets)
    #expect(!other.needsTrial(80))
    #expect(other.finding(8080, trial: .bound).status == .free)
    let ipv4 = PortJudge(.tcp, at: try at("0.0.0.0"), rules: PortRules(bindsPrivileged: true), sockets: sockets)
    #expect(ipv4.needsTrial(40000))
    #expect(ipv4.finding(40000, trial: .bound).status == .free)
    #expect(ipv4.finding(40000, trial: .failed(.inUse)).sockets == [1])
  }

  @Test("A finding says the nearest reason and what else holds")
  func findings() throws {
    let sockets = [
      try socket("127.0.0.1", 9000, .established), try socket("127.0.0.1", 80), try socket("0.0.0.0", 9000),
      try socket("127.0.0.1", 22, .unconnected, .udp),
    ]
    var rules = PortRules(ephemeral: 9000...9100, reserved: PortSet([22...22, 9050...9060]))
    let judge = PortJudge(.tcp, at: Self.everywhere, rules: rules, sockets: sockets)
    let used = judge.finding(9000, trial: nil)
    #expect(used.status == .inUse && used.sockets == [2, 0] && used.isEphemeral && !used.isVerified)
    let web = judge.finding(80, trial: nil)
    #expect(web.status == .inUse && web.isPrivileged && !web.isBindable)
    let privileged = judge.finding(22, trial: .failed(.permission))
    #expect(privileged.status == .privileged && privileged.isVerified && privileged.isReserved)
    let reserved = judge.finding(9055, trial: .bound)
    #expect(reserved.status == .reserved && reserved.isBindable && reserved.isEphemeral)
    let free = judge.finding(9061, trial: .bound)
    #expect(free.status == .free && free.isEphemeral && !free.isReserved && free.isVerified)
    let hidden = judge.finding(9062, trial: .failed(.inUse))
    #expect(hidden.status == .inUse && hidden.sockets.isEmpty)
    // EACCES above the privileged ports is a security module's word.
    let refused = judge.finding(9063, trial: .failed(.permission))
    #expect(refused.status == .refused && refused.errno == EACCES)
    #expect(judge.finding(9064, trial: .failed(BindTrial.Failure(errno: EPERM))).status == .refused)
    rules.bindsPrivileged = true
    let able = PortJudge(.tcp, at: Self.everywhere, rules: rules, sockets: sockets)
    #expect(able.finding(21, trial: .bound).status == .free)
    #expect(!able.finding(80, trial: nil).isPrivileged)
    // The kernel's word beats what the capability lets expect (a user namespace).
    #expect(able.finding(21, trial: .failed(.permission)).status == .privileged)
  }

  @Test("Sockets that share an address and port are a group")
  func groups() throws {
    let names: (UInt32) -> String? = { "user-\($0)" }
    #expect(ReuseGroup([try socket("0.0.0.0", 80)], user: names) == nil)
    #expect(ReuseGroup([try socket("127.0.0.1", 80), try socket("127.0.0.2", 80)], user: names) == nil)
    // Connections of one listener are none.
    let connection = try socket("0.0.0.0", 80, .established)
    #expect(ReuseGroup([try socket("0.0.0.0", 80), connection, connection], user: names) == nil)
    let two = try #require(ReuseGroup([try socket("::", 80, uid: 7), try socket("::", 80, uid: 7)], user: names))
    #expect(two.count == 2 && two.uid == 7 && two.user == "user-7" && two.option == "SO_REUSEPORT")
    let datagrams = try [1, 2].map { try socket("::", 53, .unconnected, .udp, uid: $0) }
    let udp = try #require(ReuseGroup(datagrams, user: names))
    #expect(udp.uid == nil && udp.user == nil && udp.option == nil)
  }

  @Test("Lists of ports are read as the kernel prints them")
  func reservedPorts() {
    #expect(PortRules.ports("8080,9148-9150,65535") == PortSet([8080...8080, 9148...9150, 65535...65535]))
    #expect(PortRules.ports("").isEmpty)
    #expect(PortRules.ports("5-3,x,70000").isEmpty)
  }
}
