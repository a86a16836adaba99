internal import CoordinatorCore
package import Model

/// A submission made ready: names resolved, rules applied, the index space fixed.
package struct ScanPlan: Sendable {
  package let expressions: ScanPlanner.Expressions
  package let space: TargetSpace
  package let ports: PortSelection
  package let resolved: [String: [IPAddress]]
  /// Targets that scope rules leave out, by the rule's name.
  package let excluded: [(rule: String, addresses: AddressSet)]

  package let identifies: Bool
  package let looksUpNames: Bool

  /// What an agent must be able to do. IPv6 of its own host needs no network; UDP ports are not asked for their service.
  var needs: Set<AgentCapability> {
    var needs: Set<AgentCapability> = []
    if space.set.ranges.contains(where: { $0.first.address.family == .ipv6 && !$0.first.address.isLoopback }) {
      needs.insert(.ipv6)
    }
    if !ports.udp.isEmpty { needs.insert(.udp) }
    if identifies, !ports.tcp.isEmpty { needs.insert(.identification) }
    if looksUpNames { needs.insert(.names) }
    return needs
  }

  /// Probes of one lane.
  package var probes: UInt128 {
    let (count, overflow) = space.count.multipliedReportingOverflow(by: UInt128(ports.count))
    return overflow ? .max : count
  }

  func request(for submission: ScanService.Submission, placement: ScanPlacement) -> ScanRequest {
    ScanRequest(
      targets: expressions.targets.description, exclusions: expressions.exclusions.description,
      space: space.set.description, ports: ports.description, hostCount: space.count, portCount: ports.count,
      identifies: identifies, timing: submission.timing, rate: submission.rate, ratePerAgent: submission.ratePerAgent,
      ratePerHost: submission.ratePerHost, priority: submission.priority,
      maximumJobs: submission.maximumJobs, placement: placement, ignoresBlackouts: submission.ignoresBlackouts,
      maximumDuration: submission.maximumDuration,
      name: submission.name, note: submission.note)
  }
}

/// Reads a submission's expressions and applies the rules to them. Does no I/O.
package struct ScanPlanner: Sendable {
  /// More probes than this need consent (DESIGN section 4).
  static let consentLimit: UInt128 = 1 << 40

  package struct Expressions: Sendable {
    package let targets: TargetList
    package let exclusions: TargetList
    package let ports: PortSelection

    package var hostNames: [String] { Set(targets.hostNames + exclusions.hostNames).sorted() }
  }

  let services: ServiceNames

  func parse(_ submission: ScanService.Submission) throws -> Expressions {
    guard !submission.targets.isEmpty else { throw Refusal(.invalidValue, "name at least one target", at: "/targets") }
    let targets = try list(submission.targets, at: "/targets")
    guard !targets.isEmpty else { throw Refusal(.invalidValue, "name at least one target", at: "/targets") }
    let exclusions = try list(submission.exclusions, at: "/exclusions")
    let transports = submission.transports
    guard !transports.isEmpty, transports.isSubset(of: [.tcp, .udp]) else {
      throw Refusal(.invalidValue, "tcp and udp can be scanned", at: "/transports")
    }
    var ports =
      try submission.ports.map { try selection($0, transports, at: "/ports") } ?? .top(1_000, transports)
    if let excluded = submission.excludedPorts {
      ports = ports.subtracting(try selection(excluded, [.tcp, .udp], at: "/excludedPorts"))
    }
    guard ports.sctp.isEmpty, ports.ipProtocols.isEmpty else {
      throw Refusal(
        .invalidValue, "SCTP ports and IP protocols cannot be scanned; name TCP and UDP ports", at: "/ports")
    }
    guard ports.udp.isEmpty || transports.contains(.udp) else {
      throw Refusal(
        .invalidValue, "U: ports are UDP ports, which only -sU (transports: udp) scans; add it or leave them out",
        at: "/ports")
    }
    guard ports.count > 0 else { throw Refusal(.invalidValue, "no port is left to scan", at: "/ports") }
    for (value, range, pointer) in [
      (submission.timing, 0...5, "/timing"), (submission.rate, 1...10_000_000, "/rate"),
      (submission.ratePerAgent, 1...10_000_000, "/ratePerAgent"),
      (submission.ratePerHost, 1...10_000_000, "/ratePerHost"), (submission.priority, -100...100, "/priority"),
      (submission.maximumJobs, 1...1_000_000, "/maximumJobs"),
    ] {
      if let value, !range.contains(value) {
        throw Refusal(.invalidValue, "\(range.lowerBound) to \(range.upperBound) is expected", at: pointer)
      }
    }
    if let name = submission.name { try NameCheck.check(name, at: "/name") }
    try NameCheck.checkNote(submission.note, at: "/note")
    guard submission.agents.count <= 1_000, submission.tags.count <= 100 else {
      throw Refusal(.invalidValue, "at most 1,000 agents and 100 tags are expected", at: "/agents")
    }
    for (index, tag) in submission.tags.enumerated() { try NameCheck.check(tag, at: "/tags/\(index)") }
    if let limit = submission.maximumDuration, limit <= .zero || limit > .seconds(366 * 86_400) {
      throw Refusal(.invalidValue, "a time of up to a year is expected", at: "/maximumSeconds")
    }
    return Expressions(targets: targets, exclusions: exclusions, ports: ports)
  }

  /// The addresses that a submission stands for, or more; nil: names are among its targets, so that it is not known here.
  func knownTargets(of submission: ScanService.Submission) -> AddressSet? {
    do {
      let targets = try list(submission.targets, at: "/targets")
      guard targets.hostNames.isEmpty else { return nil }
      let exclusions = try list(submission.exclusions, at: "/exclusions")
      let wanted = try targets.addresses(resolved: [:])
      return exclusions.hostNames.isEmpty
        ? wanted.subtracting(try exclusions.addresses(resolved: [:], everyAddress: true)) : wanted
    } catch {
      // What cannot be read any more is told of when it is to start.
      return nil
    }
  }

  private func list(_ arguments: [String], at pointer: String) throws -> TargetList {
    var whole = TargetList()
    for (index, argument) in arguments.enumerated() {
      do {
        whole.append(try TargetList.parse([argument]))
      } catch {
        throw Refusal(.invalidValue, error.description, at: "\(pointer)/\(index)")
      }
    }
    return whole
  }

  private func selection(
    _ text: String, _ transports: Set<TransportProtocol>, at pointer: String
  ) throws -> PortSelection {
    do {
      return try PortSelection.parse(text, names: services, activeProtocols: transports)
    } catch {
      throw Refusal(.invalidValue, error.description, at: pointer)
    }
  }

  func plan(
    _ expressions: Expressions, identifies: Bool, looksUpNames: Bool, resolved: [String: [IPAddress]],
    failed: [(name: String, reason: String)],
    scope: AuthorisedScope
  ) throws -> ScanPlan {
    // Never scan what should be excluded: a name that stands for nothing today may stand for something tomorrow.
    for failure in failed {
      let isExclusion = expressions.exclusions.hostNames.contains(failure.name)
      throw Refusal(
        .invalidValue,
        "\(isExclusion ? "exclusion" : "target") \"\(failure.name)\" cannot be resolved: \(failure.reason)",
        at: isExclusion ? "/exclusions" : "/targets")
    }
    let space: TargetSpace
    let excludedByRule: [(rule: String, addresses: AddressSet)]
    do {
      let wanted = try expressions.targets.addresses(resolved: resolved)
      let excluded = try expressions.exclusions.addresses(resolved: resolved, everyAddress: true)
      let left = wanted.subtracting(excluded)
      guard !left.isEmpty else {
        throw Refusal(.invalidValue, "the exclusions leave no address to scan", at: "/targets")
      }
      let division = try permitted(left, ports: expressions.ports, by: scope)
      space = try TargetSpace(division.permitted)
      excludedByRule = division.excluded.map { ($0.rule.name, $0.addresses) }
    } catch let error as UnresolvedNames {
      throw Refusal(.invalidValue, error.description, at: "/targets")
    } catch let error as TargetSpaceError {
      throw Refusal(.invalidValue, error.description, at: "/targets")
    }
    return ScanPlan(
      expressions: expressions, space: space, ports: expressions.ports, resolved: resolved,
      excluded: excludedByRule, identifies: identifies, looksUpNames: looksUpNames)
  }

  private func permitted(
    _ targets: AddressSet, ports: PortSelection, by scope: AuthorisedScope
  ) throws -> AuthorisedScope.Division {
    let division = scope.division(of: targets, ports: ports)
    if let outside = division.notAllowed.ranges.first {
      throw Refusal(
        .outOfScope,
        "no scope rule allows \(outside); an admin can add one: periplus scope allow \(outside) --name NAME --note WHY",
        at: "/targets")
    }
    if let conflict = division.portConflicts.first, let range = conflict.addresses.ranges.first {
      throw Refusal(
        .outOfScope,
        "rule \"\(conflict.rule.name)\" excludes ports \(conflict.rule.ports ?? "") of \(range); leave them out with --exclude-ports or the addresses with --exclude",
        at: "/ports")
    }
    guard !division.permitted.isEmpty else {
      let rule = division.excluded.first?.rule.name ?? ""
      throw Refusal(.outOfScope, "rule \"\(rule)\" excludes every target", at: "/targets")
    }
    return division
  }
}
