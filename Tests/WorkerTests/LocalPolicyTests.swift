import Model
import Testing

@testable import Worker

@Suite struct LocalPolicyTests {
  private static func policy(_ text: String) throws -> LocalPolicy {
    try LocalPolicy(try KeyValueFile(text, keys: LocalPolicy.keys), services: .builtIn)
  }

  private static func permits(_ policy: LocalPolicy, _ host: String, _ port: UInt16 = 80) throws -> Bool {
    policy.permits(try #require(HostAddress(host)), ProtocolPort(.tcp, Port(port)))
  }

  @Test(
    "Without a file the private networks may be probed and nothing else",
    arguments: [
      ("127.0.0.1", true), ("10.1.2.3", true), ("172.16.0.1", true), ("172.32.0.1", false), ("192.168.1.1", true),
      ("169.254.1.1", true), ("8.8.8.8", false), ("::1", true), ("fd00::1", true), ("fe80::1%eth0", true),
      ("2001:db8::1", false), ("::ffff:8.8.8.8", false), ("::ffff:10.0.0.1", true),
    ])
  func standard(host: String, expected: Bool) throws {
    #expect(try Self.permits(.standard, host) == expected)
    #expect(LocalPolicy.standard.probesPerSecond == nil)
    #expect(try Self.permits(try Self.policy(""), host) == expected, "an empty file says nothing")
  }

  @Test("Denied addresses win over allowed ones, in every spelling")
  func denyWins() throws {
    let policy = try Self.policy("allow = 10.0.0.0/8 203.0.113.0/24\ndeny = 10.0.5.0/24 203.0.113.7\n")
    #expect(try Self.permits(policy, "10.0.4.1"))
    #expect(try Self.permits(policy, "203.0.113.6"))
    #expect(try !Self.permits(policy, "10.0.5.1"))
    #expect(try !Self.permits(policy, "203.0.113.7"))
    #expect(try !Self.permits(policy, "::ffff:203.0.113.7"))
    #expect(try !Self.permits(policy, "127.0.0.1"), "allow replaces the standard, it does not add to it")
  }

  @Test("Ports may be allowed and denied; denied ones win")
  func ports() throws {
    let policy = try Self.policy("allow-ports = 1-1024\ndeny-ports = 25\n")
    #expect(try Self.permits(policy, "10.0.0.1", 80))
    #expect(try !Self.permits(policy, "10.0.0.1", 25))
    #expect(try !Self.permits(policy, "10.0.0.1", 1_025))
  }

  @Test("A rate is a ceiling of this host's own")
  func rate() throws {
    #expect(try Self.policy("rate = 50").probesPerSecond == 50)
  }

  @Test(
    "What cannot be read is refused with its line",
    arguments: [
      ("# comment\n\nallow = 10.0.0.0/40", 3), ("deny = some.host.example", 1), ("allow-ports = 70000", 1),
      ("rate = 10\ndeny-ports = x:y", 2), ("rate = 0", 1), ("rate = fast", 1), ("rate =", 1), ("speed = 3", 1),
      ("rate = 1\nrate = 2", 2), ("allow 10.0.0.0/8", 1),
    ])
  func faults(text: String, line: Int) {
    do {
      _ = try Self.policy(text)
      Issue.record("\(text) is not a policy")
    } catch {
      #expect((error as? KeyValueFileError)?.line == line, "\(error)")
    }
  }
}
