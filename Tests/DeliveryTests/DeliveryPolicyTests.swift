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
      // RFC 8215 with prefixes of 96, 64, 56 and 48 bits; translated; Teredo's client and server; ISATAP.
      "64:ff9b:1::7f00:1", "64:ff9b:1:0:7f:0:100::", "64:ff9b:1:a9:fe:a9fe::", "64:ff9b:1:a9fe:a9:fe00::",
      "::ffff:0:7f00:1",
      "2001:0:c000:201::80ff:fffe", "2001:0:7f00:1::3fff:fdfe", "2001:db8::5efe:7f00:1", "2001:db8::200:5efe:a9fe:a9fe",
    ])
  func refusesDanger(address: String) throws { #expect(try !permits(DeliveryPolicy(), address)) }

  @Test("What names this machine in any form is refused unless a network names it")
  func refusesOwn() throws {
    let own: Set<IPAddress> = [try #require(IPAddress("192.0.2.7")), try #require(IPAddress("2001:db8::7"))]
    for text in ["192.0.2.7", "::ffff:192.0.2.7", "64:ff9b::c000:207", "2001:db8::7"] {
      let address = try #require(IPAddress(text))
      #expect(!DeliveryPolicy().permits(address, of: "x.example", own: own), "\(text)")
      #expect(!(try DeliveryPolicy("allow = x.example\n")).permits(address, of: "x.example", own: own), "\(text)")
      let named = try DeliveryPolicy("allow = 192.0.2.0/24 2001:db8::/32\n")
      #expect(named.permits(address, of: "x.example", own: own), "\(text)")
    }
    #expect(!DeliveryPolicy().permits(name: "192.0.2.7", own: own))
    #expect(OwnAddresses().current().contains(try #require(IPAddress("127.0.0.1"))))
  }

  @Test(
    "Without a list, others are permitted",
    arguments: [
      "10.0.0.1", "192.0.2.1", "2001:db8::1", "fd00::1", "64:ff9b::a00:5", "64:ff9b:1::a00:5", "64:ff9b:1:a00:0:500::",
      "2001:0:c000:201::f5ff:fffa",
    ])
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
