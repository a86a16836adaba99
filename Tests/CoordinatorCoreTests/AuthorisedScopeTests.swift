import Model
import Testing

@testable import CoordinatorCore

@Suite struct AuthorisedScopeTests {
  private let site = SiteID(1)
  private let now = Timestamp(milliseconds: 1_000)

  private func set(_ text: String) throws -> AddressSet { try TargetList.parse([text]).addresses(resolved: [:]) }

  private func ports(_ text: String) throws -> PortSelection { try PortSelection.parse(text, names: .builtIn) }

  private func rule(
    _ name: String, _ action: ScopeAction, _ networks: String, ports: String? = nil, site: SiteID? = nil,
    until: Timestamp? = nil
  ) throws -> ScopeRule {
    ScopeRule(
      id: ScopeRuleID(1), name: name, action: action, networks: try set(networks).ranges.map(\.addresses), ports: ports,
      site: site, note: "", until: until, createdAt: now)
  }

  private func scope(_ rules: [ScopeRule]) throws -> AuthorisedScope {
    try AuthorisedScope(rules: rules, site: site, at: now, services: .builtIn)
  }

  @Test("Exclusions win, whichever rule came first")
  func exclusionsWin() throws {
    let allow = try rule("lan", .allow, "10.0.0.0/8")
    let exclude = try rule("printers", .exclude, "10.0.5.0/24")
    for rules in [[allow, exclude], [exclude, allow]] {
      let division = try scope(rules).division(of: try set("10.0.4.0/22"), ports: try ports("80"))
      #expect(division.permitted == (try set("10.0.4.0/24,10.0.6.0/23")))
      #expect(division.excluded.map(\.rule.name) == ["printers"])
      #expect(division.notAllowed.isEmpty)
      let address = try #require(IPAddress("10.0.5.9"))
      #expect(try scope(rules).decidingRule(for: address, endpoint: nil)?.name == "printers")
    }
  }

  @Test("The parts of a division are disjoint and together the whole")
  func dividesWithoutLoss() throws {
    let rules = [try rule("lan", .allow, "10.0.0.0/8"), try rule("no", .exclude, "10.0.0.0/25,192.0.2.0/24")]
    let targets = try set("9.255.255.0-10.0.1.255")
    let division = try scope(rules).division(of: targets, ports: try ports("80"))
    let excluded = division.excluded.reduce(AddressSet()) { $0.union($1.addresses) }
    #expect(division.permitted.union(division.notAllowed).union(excluded) == targets)
    #expect(division.permitted.intersection(division.notAllowed).isEmpty)
    #expect(division.permitted.intersection(excluded).isEmpty)
    #expect(division.notAllowed == (try set("9.255.255.0/24")))
  }

  @Test("What no rule allows is refused")
  func refusesTheRest() throws {
    #expect(try scope([]).division(of: try set("10.0.0.1"), ports: try ports("80")).permitted.isEmpty)
    #expect(try scope([]).decidingRule(for: .ipv4Loopback, endpoint: nil) == nil)
  }

  @Test("A permission limited to ports covers scans of those ports alone")
  func limitsPermissionsToPorts() throws {
    let limited = try scope([try rule("web", .allow, "10.0.0.0/8", ports: "80,443")])
    let target = try set("10.0.0.1")
    #expect(limited.division(of: target, ports: try ports("80")).permitted == target)
    #expect(limited.division(of: target, ports: try ports("80,81")).notAllowed == target)
    let address = try #require(IPAddress("10.0.0.1"))
    #expect(limited.decidingRule(for: address, endpoint: ProtocolPort(.tcp, 443))?.name == "web")
    #expect(limited.decidingRule(for: address, endpoint: ProtocolPort(.tcp, 22)) == nil)
    #expect(limited.decidingRule(for: address, endpoint: nil) == nil)
  }

  @Test("An exclusion of ports conflicts with a scan that asks for one of them, and with no other")
  func excludesPorts() throws {
    let rules = try scope([
      try rule("lan", .allow, "10.0.0.0/8"), try rule("fragile", .exclude, "10.0.5.0/24", ports: "9100"),
    ])
    let target = try set("10.0.4.0/23")
    let conflict = rules.division(of: target, ports: try ports("80,9100")).portConflicts
    #expect(conflict.map(\.rule.name) == ["fragile"])
    #expect(conflict.first?.addresses == (try set("10.0.5.0/24")))
    #expect(rules.division(of: target, ports: try ports("80")).portConflicts.isEmpty)
  }

  @Test("A rule ends at its time, to the millisecond")
  func endsInTime() throws {
    let target = try set("10.0.0.1")
    let ended = try scope([try rule("lan", .allow, "10.0.0.0/8", until: now)])
    #expect(ended.division(of: target, ports: try ports("80")).permitted.isEmpty)
    let running = try scope([try rule("lan", .allow, "10.0.0.0/8", until: now + .milliseconds(1))])
    #expect(running.division(of: target, ports: try ports("80")).permitted == target)
  }

  @Test("A rule of another site does not count")
  func keepsSitesApart() throws {
    let target = try set("10.0.0.1")
    let scope = try scope([
      try rule("mine", .allow, "10.0.0.0/8", site: site), try rule("theirs", .exclude, "10.0.0.0/8", site: SiteID(2)),
    ])
    #expect(scope.division(of: target, ports: try ports("80")).permitted == target)
  }

  @Test("An exclusion covers link-local addresses on every interface")
  func coversInterfaces() throws {
    let scope = try scope([try rule("link", .allow, "fe80::/10"), try rule("no", .exclude, "fe80::1")])
    let division = scope.division(of: try set("fe80::1%eth0"), ports: try ports("80"))
    #expect(division.permitted.isEmpty)
    #expect(division.notAllowed.isEmpty)
  }
}
