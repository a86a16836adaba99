import Model
import Testing

@testable import SocketFilter

@Suite struct ParserTests {
  private func expression(_ text: String) throws -> FilterExpression? { try parse(text).expression }

  private func ports(_ ranges: ClosedRange<UInt16>...) -> FilterExpression {
    .predicate(.internet(.local, InternetCondition(ports: PortSet(ranges))))
  }

  @Test(arguments: [
    "sport = :22", "sport == :22", "sport eq :22", "sport :22", "sport 22", "sport=:22", "sport=22", "(sport=:22)",
    "( sport = :22 )", "sport = 22", "sport = *:22", "sport = :ssh", "sport = 0x16", "not not sport = :22",
    "!!sport=:22",
    "((sport=22))", "  sport   =   :22  ", "sport = :22,22", "sport\t=\t:22", "sport = \":22\"", "sport = :\\22",
  ])
  func spellingsOfOnePredicate(text: String) throws {
    let found = try #require(try expression(text))
    #expect(found == ports(22...22) || found == .not(.not(ports(22...22))))
  }

  @Test func operatorsOfPorts() throws {
    for text in ["sport < :22", "sport lt 22"] { #expect(try expression(text) == ports(0...21)) }
    for text in ["sport <= :22", "sport le :22", "sport leq :22"] { #expect(try expression(text) == ports(0...22)) }
    for text in ["sport > :22", "sport gt :22"] { #expect(try expression(text) == ports(23...65535)) }
    for text in ["sport>=:22", "sport ge :22", "sport geq :22"] { #expect(try expression(text) == ports(22...65535)) }
    for text in ["sport != :22", "sport ne :22", "sport neq :22"] {
      #expect(try expression(text) == ports(0...21, 23...65535))
    }
    #expect(try expression("sport < :0") == .predicate(.internet(.local, InternetCondition(ports: PortSet()))))
    #expect(try expression("sport > :65535") == .predicate(.internet(.local, InternetCondition(ports: PortSet()))))
    #expect(try expression("sport = :80,443,8000-8100,ssh") == ports(22...22, 80...80, 443...443, 8000...8100))
    #expect(try expression("sport = :*") == .predicate(.internet(.local, InternetCondition())))
  }

  @Test func connectivesOfOneKind() throws {
    let a = ports(1...1)
    let b = ports(2...2)
    let c = ports(3...3)
    for text in [
      "sport 1 and sport 2 and sport 3", "sport 1 & sport 2 && sport 3", "sport 1 sport 2 sport 3",
      "sport=1&sport=2&&sport=3", "sport 1 and sport 2 sport 3",
    ] {
      #expect(try expression(text) == .all([a, b, c]))
    }
    for text in ["sport 1 or sport 2 or sport 3", "sport 1|sport 2||sport 3"] {
      #expect(try expression(text) == .any([a, b, c]))
    }
    #expect(try expression("(sport 1 or sport 2) sport 3") == .all([.any([a, b]), c]))
    #expect(try expression("sport 1 or (sport 2 and not sport 3)") == .any([a, .all([b, .not(c)])]))
    #expect(try expression("!sport 1 sport 2") == .all([.not(a), b]))
  }

  @Test func states() throws {
    #expect(try parse("state established").states == [.established])
    #expect(try parse("state ESTABLISHED state syn-rcv").states == [.established, .synReceived])
    #expect(try parse("exclude listening excl close").states == .all.subtracting([.listening, .unconnected]))
    #expect(try parse("state connected exclude time-wait").states == .connected.subtracting([.timeWait]))
    #expect(try parse("state all exclude bucket").states == .big)
    #expect(try parse("state synchronized").states?.contains(.synSent) == false)
    #expect(try parse("").states == nil)
    let filter = try parse("state established (sport=:22)")
    #expect(filter.states == [.established] && filter.expression == ports(22...22))
    for state in SocketState.allCases { #expect(try parse("state \(state.rawValue)").states == [state]) }
  }

  @Test func addresses() throws {
    func local(_ text: String) throws -> InternetCondition? {
      guard case .predicate(.internet(.local, let condition)) = try expression("src " + text) else { return nil }
      return condition
    }
    func prefix(_ text: String, _ length: Int) throws -> [AddressPrefix] {
      [AddressPrefix(try #require(IPAddress(text)), length: length)]
    }
    #expect(try local("*") == InternetCondition())
    #expect(try local("*:22") == InternetCondition(ports: PortSet([22...22])))
    #expect(try local(":22") == InternetCondition(ports: PortSet([22...22])))
    #expect(try local("127/8") == InternetCondition(networks: prefix("127.0.0.0", 8)))
    #expect(try local("10.1/16:80") == InternetCondition(networks: prefix("10.1.0.0", 16), ports: PortSet([80...80])))
    #expect(try local("10.0.0.0/255.255.0.0") == InternetCondition(networks: prefix("10.0.0.0", 16)))
    #expect(try local("10.1.2.3:") == InternetCondition(networks: prefix("10.1.2.3", 32)))
    #expect(try local("10.1.2.3:80-90,99")?.ports == PortSet([80...90, 99...99]))
    #expect(try local("[2001:db8::/32]:443")?.networks == prefix("2001:db8::", 32))
    #expect(try local("[2001:db8::]/32:443")?.ports == PortSet([443...443]))
    #expect(try local("2001:db8::/32") == InternetCondition(networks: prefix("2001:db8::", 32)))
    #expect(try local("2001:db8::/32:443")?.ports == PortSet([443...443]))
    #expect(try local("2001:db8::1") == InternetCondition(networks: prefix("2001:db8::1", 128)))
    #expect(try local("::ffff:10.0.0.1") == InternetCondition(networks: prefix("::ffff:10.0.0.1", 128)))
    #expect(try local("1:2:3:4:5:6:7:8:80")?.ports == PortSet([80...80]))
    #expect(try local("inet:*") == InternetCondition(family: .ipv4))
    #expect(try local("inet6:[::1]:22")?.family == .ipv6)
    #expect(try local("home:ssh")?.networks == prefix("127.0.0.1", 32) + prefix("::1", 128))
    #expect(try local("inet6:home")?.networks == prefix("::1", 128))
    #expect(try expression("dst=unix:/run/*") == .predicate(.path(.remote, GlobPattern("/run/*"))))
    let positive = try #require(try expression("src 127/8"))
    #expect(try expression("src != 127/8") == .not(positive))
    #expect(
      try expression("sport != inet6:22")
        == .predicate(.internet(.local, InternetCondition(family: .ipv6, ports: PortSet([0...21, 23...65535])))))
  }

  @Test func otherPredicates() throws {
    #expect(try expression("dev lo") == .predicate(.device(name: "lo", index: nil)))
    #expect(try expression("dev != 2") == .not(.predicate(.device(name: "2", index: 2))))
    #expect(try expression("fwmark = 0x1/0xff") == .predicate(.mark(value: 1, mask: 0xff)))
    #expect(try expression("fwmark 7") == .predicate(.mark(value: 7, mask: .max)))
    #expect(try expression("cgroup=/web") == .predicate(.cgroup(id: 77)))
    #expect(try expression("autobound") == .predicate(.autobound))
    #expect(try expression("proc \"Web Content\"") == .predicate(.process(GlobPattern("Web Content"))))
    #expect(try expression("proc Web\\ Content") == .predicate(.process(GlobPattern("Web Content"))))
    #expect(try expression("pid=1,22") == .predicate(.pids([1, 22])))
    #expect(try expression("user www or user 0") == .any([.predicate(.user(33)), .predicate(.user(0))]))
    #expect(try expression("unit nginx") == .predicate(.unit(GlobPattern("nginx.service"))))
    #expect(try expression("container ab12") == .predicate(.container(text: "ab12", name: GlobPattern("ab12"))))
    #expect(
      try expression("ns blue ns 5") == .all([.predicate(.namespace(inode: 4026)), .predicate(.namespace(inode: 5))]))
  }

  @Test func needsAreWhatIsAsked() throws {
    #expect(try parse("sport = :22").needs == [])
    #expect(try parse("sport = :22 or not proc x").needs == [.owners])
    #expect(try parse("unit x fwmark 1").needs == [.owners, .processGroups, .mark])
    #expect(try parse("autobound and cgroup /web").needs == [.autobound, .cgroup])
  }
}
