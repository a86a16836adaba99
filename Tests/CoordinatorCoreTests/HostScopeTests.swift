import Model
import Testing

@testable import CoordinatorCore

@Suite struct HostScopeTests {
  private let agent = AgentID(7)

  private func interfaces() throws -> [InterfaceAddress] {
    let rows = [
      ("lo", "127.0.0.1", 8), ("eth0", "10.0.0.5", 24), ("docker0", "172.17.0.1", 16), ("br-12", "172.18.0.1", 16),
      ("bridge0", "10.9.0.1", 24), ("eth0", "fe80::5", 64),
    ]
    return try rows.map { name, text, length in
      InterfaceAddress(interface: name, address: try #require(IPAddress(text)), prefixLength: length)
    }
  }

  @Test(
    "Loopback, link-local and bridges of containers mean one host only; everything else the site",
    arguments: [
      ("127.0.0.1", "agent:7/lo"), ("127.9.9.9", "agent:7/lo"), ("::1", "agent:7/lo"), ("10.0.0.9", ""),
      ("8.8.8.8", ""), ("172.17.0.9", "agent:7/docker0"), ("172.18.3.4", "agent:7/br-12"), ("10.9.0.3", ""),
      ("fe80::9", "agent:7/eth0"), ("fe80::9%eth1", "agent:7/eth1"), ("169.254.1.1", "agent:7/link"),
      ("2001:db8::1", ""),
    ])
  func tellsHostsApart(text: String, scope: String) throws {
    let host = try #require(HostAddress(text))
    #expect(HostScope.of(host, for: agent, interfaces: try interfaces()).rawValue == scope)
  }

  @Test("A scope knows its agent; the site's has none")
  func knowsItsAgent() {
    #expect(HostScope.host(agent, interface: "lo").agent == agent)
    #expect(HostScope.host(agent, interface: "a/b").agent == agent)
    #expect(HostScope.site.agent == nil)
    #expect(HostScope(rawValue: "nonsense").agent == nil)
  }
}
