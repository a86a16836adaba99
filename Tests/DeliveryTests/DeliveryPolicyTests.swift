import CoordinatorCore
import Model
import Testing

@testable import Delivery

/// Where messages may go.
@Suite struct DeliveryPolicyTests {
  private func permits(_ policy: DeliveryPolicy, _ address: String, of host: String = "name.example") throws -> Bool {
    policy.permits(try #require(IPAddress(address)), of: host)
  }

  @Test(
    "Without a list, the machine itself, its links and metadata services are refused, in whatever form",
    arguments: [
      "127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "169.254.169.254", "255.255.255.255", "224.0.0.1", "::", "::1",
      "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
      "2002:7f00:1::", "::7f00:1", "fd00:ec2::254", "100.100.100.200", "192.0.0.192",
    ])
  func refusesDanger(address: String) throws { #expect(try !permits(DeliveryPolicy(), address)) }

  @Test("Without a list, others are permitted", arguments: ["10.0.0.1", "192.0.2.1", "2001:db8::1", "fd00::1"])
  func permitsOthers(address: String) throws { #expect(try permits(DeliveryPolicy(), address)) }

  @Test("With a list, only what it names: by name, below a domain, by network; a name excuses no dangerous address")
  func keepsToList() throws {
    let policy = try DeliveryPolicy("allow = hooks.example.com, *.example.org 10.0.0.0/8, 127.0.0.1\n")
    #expect(try permits(policy, "192.0.2.1", of: "hooks.example.com"))
    #expect(try permits(policy, "192.0.2.1", of: "a.b.example.org"))
    #expect(try !permits(policy, "192.0.2.1", of: "example.org"))
    #expect(try !permits(policy, "192.0.2.1", of: "badexample.org"))
    #expect(try !permits(policy, "192.0.2.1", of: "hooks.example.com.evil.net"))
    #expect(try permits(policy, "10.9.9.9", of: "anything.net"))
    #expect(try permits(policy, "127.0.0.1", of: "anything.net"))
    #expect(try !permits(policy, "127.0.0.2", of: "hooks.example.com"))
    #expect(try !permits(policy, "169.254.169.254", of: "hooks.example.com"))
    #expect(!policy.permits(name: "192.0.2.1"))
    #expect(policy.permits(name: "10.1.1.1"))
  }

  @Test(
    "A list that cannot be understood is refused with its line",
    arguments: [
      ("allow = http://x", 1), ("\nallow = a b/33", 2), ("commands = page", 1), ("attempts = 0", 1), ("x = 1", 1),
      ("mail-tls = no", 1),
    ])
  func refusesFaults(text: String, line: Int) {
    do {
      _ = try DeliveryPolicy(text)
      Issue.record("\(text) was read")
    } catch {
      #expect(error.line == line)
    }
  }
}
