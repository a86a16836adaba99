import Model
import Testing

@testable import SocketFilter

@Suite struct EvaluationTests {
  private static let endpointCases: [(String, String, Truth)] = [
    ("src 127/8", "127.0.0.1 22", .yes), ("src 127/8", "::ffff:127.0.0.1 22", .yes), ("src 127/8", "::1 22", .no),
    ("src ::ffff:127.0.0.1", "127.0.0.1 22", .no), ("src ::ffff:127.0.0.1", "::ffff:127.0.0.1 22", .yes),
    ("src ::/0", "127.0.0.1 22", .no), ("src 0.0.0.0/0", "::1 22", .no), ("src 0.0.0.0/0", "::ffff:1.2.3.4 1", .yes),
    ("src inet:*", "::ffff:127.0.0.1 22", .no), ("src inet6:*", "::ffff:127.0.0.1 22", .yes), ("src *", "::1 22", .yes),
    ("src [::1]:22", "::1 22", .yes), ("src [::1]:22", "::1 23", .no), ("src home", "::1 9", .yes),
    ("sport >= :22 and sport < :23", "::1 22", .yes), ("not src 127/8", "::1 1", .yes), ("dport = :0", "::1 1", .yes),
    ("src unix:*", "::1 1", .no), ("sport != :22", "::1 22", .no),
  ]

  @Test(arguments: endpointCases)
  func endpoints(filter: String, local: String, expected: Truth) throws {
    #expect(try judge(filter, Example(local)) == expected)
  }

  @Test func unixSockets() throws {
    let socket = Example.unix("/run/x.sock", peer: "@abstract")
    #expect(try judge("src unix:/run/*", socket) == .yes)
    #expect(try judge("dst unix:@abs*", socket) == .yes)
    #expect(try judge("src unix:", Example.unix("")) == .yes)
    #expect(try judge("src *", socket) == .no)
    #expect(try judge("sport = :22", socket) == .no)
    #expect(try judge("! sport = :22", socket) == .yes)
  }

  @Test func whatIsNotKnownNeverMatches() throws {
    let hidden = Example()
    for filter in [
      "proc x", "pid 1", "unit x", "container x", "user 0", "fwmark 0", "cgroup /web", "autobound", "ns 1",
    ] {
      #expect(try judge(filter, hidden) == .unknown)
      #expect(try judge("! \(filter)", hidden) == .unknown)
      #expect(try !parse("! \(filter)").matches(hidden))
      // Where it does not matter it does not count.
      #expect(try judge("\(filter) or sport = :22", hidden) == .yes)
      #expect(try judge("\(filter) and sport = :23", hidden) == .no)
      #expect(try judge("! ( \(filter) and sport = :23 )", hidden) == .yes)
      #expect(try judge("\(filter) and sport = :22", hidden) == .unknown)
      #expect(try judge("\(filter) or sport = :23", hidden) == .unknown)
    }
  }

  @Test func owners() throws {
    var socket = Example()
    socket.holders = [
      FilterProcess(pid: 7, name: "nginx", unit: "nginx.service", home: .host),
      FilterProcess(pid: 8, name: "php-fpm", home: .container(id: "abcdef01", name: "shop")),
    ]
    for filter in [
      "proc nginx", "proc php*", "proc != apache", "pid 8", "pid 1,7", "unit nginx", "unit ng*", "container abc",
      "container shop", "container sh?p", "proc nginx and proc php-fpm",
    ] {
      #expect(try judge(filter, socket) == .yes, "\(filter)")
    }
    for filter in ["proc Nginx", "proc ngin", "pid 9", "unit ssh", "container bcd", "proc != nginx"] {
      #expect(try judge(filter, socket) == .no, "\(filter)")
    }
    socket.holders?.append(FilterProcess(pid: 9, name: "x"))
    #expect(try judge("container shop", socket) == .yes)
    #expect(try judge("container other", socket) == .unknown)
    socket.holders = []
    #expect(try judge("! proc nginx", socket) == .yes)
  }

  @Test func theRest() throws {
    var socket = Example()
    socket.uid = 33
    socket.mark = 0x1f
    socket.cgroupID = 77
    socket.isAutobound = false
    socket.namespaceInode = 4026
    for filter in [
      "user www", "user != 0", "fwmark 0xf/0xf", "fwmark != 1", "cgroup /web", "! autobound", "ns blue", "dev 0",
      "dev != lo",
    ] {
      #expect(try judge(filter, socket) == .yes, "\(filter)")
    }
    socket.interfaceIndex = 1
    socket.interfaceName = "lo"
    for filter in ["dev lo", "dev 1", "dev != 0", "dev != eth0"] {
      #expect(try judge(filter, socket) == .yes, "\(filter)")
    }
    #expect(try judge("state time-wait", socket) == .no)
    #expect(try judge("state established dev lo", socket) == .yes)
  }
}
