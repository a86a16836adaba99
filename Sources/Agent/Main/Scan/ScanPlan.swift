internal import Glibc
internal import Model
internal import ScanEngine
internal import ScanReporting

/// What a scan is to do: as its options say, or as the journal of an earlier call does, less what that one did already.
struct ScanPlan {
  /// The options, with what the journal adds to them.
  let scan: Scan
  let targets: AddressSet
  let ports: PortSelection

  /// The ports less those never to be touched; empty where hosts alone are looked for.
  let askedPorts: PortSelection
  let discovery: HostDiscovery

  /// Names that the user typed, by address.
  let names: [IPAddress: String]
  let startedAt: Timestamp

  /// nil without `--resume`.
  let journal: ScanJournal?

  /// What an earlier call found; nil for a scan that begins.
  let earlier: JournalContent?

  /// What is left to be probed, and how much that is.
  let work: ScanWork
  let remaining: UInt128

  /// All there is, and so much of it is settled already: endpoints, or hosts with `-sn`.
  let total: UInt128

  /// The ports behind which hosts are looked for with `-sn` where nothing better can be asked: those of nmap without root.
  private static let discoveryPorts = PortSelection(tcp: PortSet(ports: [80, 443]))

  /// Reads targets, ports and the journal. Blocks on files and on the resolver.
  ///
  /// - Throws: `CommandFailure`.
  init(_ given: Scan, services: ServiceNames) throws(CommandFailure) {
    var scan = given
    var opened: (journal: ScanJournal, content: JournalContent)?
    do throws(JournalError) {
      if let file = scan.resumeFile, access(file, F_OK) == 0 { opened = try ScanJournal.open(file) }
    } catch { throw .failed(error.description) }
    if let earlier = opened?.content.plan { try Resumption.adopt(earlier, into: &scan, services: services) }

    let excludedPorts = try PortRequest.parse(scan.excludePorts, services, [.tcp, .udp])
    let added: AddressSet
    if let content = opened?.content {
      let chosen = try scan.targetOptions.chosen()
      try Resumption.check(chosen, against: content.plan)
      added = chosen.excluded.union(content.excludedAddresses)
      targets = content.plan.targets
      ports = content.plan.ports
      names = content.plan.names
      startedAt = content.plan.startedAt
    } else {
      let chosen = try scan.targetOptions.chosen()
      guard !chosen.wanted.isEmpty else {
        let hint = scan.resumeFile.map { "; \($0) is not there to name any" } ?? ""
        throw .usage("no target: name an address, a network or a host, or a file with -iL\(hint)")
      }
      added = AddressSet()
      targets = chosen.wanted.subtracting(chosen.excluded)
      guard !targets.isEmpty else { throw .failed("the exclusions leave no address") }
      ports = scan.hostsAlone ? Self.discoveryPorts : try scan.portRequest.selection(names: services)
      if !ports.udp.isEmpty, !scan.udpScan {
        throw .usage("U: ports are UDP ports, which only -sU scans; add -sU or leave them out")
      }
      names = chosen.names
      startedAt = ClockAnchor().now
    }
    let refused = excludedPorts.union(opened?.content.plan.refusedPorts ?? PortSelection())
      .union(opened?.content.excludedPorts ?? PortSelection())
    self.scan = scan
    askedPorts = scan.hostsAlone ? PortSelection() : ports.subtracting(refused)
    discovery = scan.hostsAlone ? .only : scan.skipDiscovery ? .off : .on
    earlier = opened?.content

    let space: TargetSpace
    do { space = try TargetSpace(targets) } catch { throw .usage(error.description) }
    let coverage = opened?.content.coverage(hostsAlone: scan.hostsAlone) ?? WorkCoverage([])
    let isFinished = opened?.content.isFinished == true
    let whole = WorkRectangle(hosts: 0..<space.count, ports: 0..<ports.count)
    let segments = isFinished ? [] : coverage.remainder(of: whole)
    let blocks = Self.blocks(
      segments, of: space, ports, without: added, refused: scan.hostsAlone ? PortSelection() : refused)
    let perHost = scan.hostsAlone ? UInt128(1) : nil
    remaining = Self.count(blocks, perHost: perHost)
    let (product, overflow) = space.count.multipliedReportingOverflow(by: perHost ?? UInt128(ports.count))
    total = overflow ? .max : product
    work = ScanWork(
      blocks: blocks, pace: try scan.paceOptions.pace(), discovery: discovery,
      sequence: scan.ascending ? .ascending : .likeliestFirst
    ) { _, endpoint in
      // Hosts are excluded by not being in a block; alone, the user's command line is all the policy there is.
      !refused.contains(endpoint)
    }
    journal = try Self.journal(
      scan, opened, targets: targets, ports: ports, refused: refused, names: names, startedAt: startedAt,
      added: (added, excludedPorts))
  }

  /// The pace by now: its defaults follow the limits of this process.
  func pace() -> ScanPace { (try? scan.paceOptions.pace()) ?? work.pace }

  private static func journal(
    _ scan: Scan, _ opened: (journal: ScanJournal, content: JournalContent)?, targets: AddressSet,
    ports: PortSelection, refused: PortSelection, names: [IPAddress: String], startedAt: Timestamp,
    added: (addresses: AddressSet, ports: PortSelection)
  ) throws(CommandFailure) -> ScanJournal? {
    if let (journal, content) = opened {
      guard !content.isFinished else { return journal }
      // Later calls keep to exclusions that this one adds.
      if added.addresses != content.excludedAddresses { journal.note(.excludedAddresses(added.addresses)) }
      if !added.ports.isEmpty { journal.note(.excludedPorts(added.ports)) }
      journal.note(.resumed(ClockAnchor().now))
      if let failure = journal.failure { throw .failed("cannot write the journal: \(failure)") }
      return journal
    }
    guard let file = scan.resumeFile else { return nil }
    let plan = JournalPlan(
      targets: targets, ports: ports, refusedPorts: refused, names: names, options: scan.journalled,
      startedAt: startedAt)
    do throws(JournalError) { return try ScanJournal.create(file, plan) } catch {
      throw .failed("cannot make the journal: \(error)")
    }
  }

  /// The work that is left: hosts with the same ports left share a block.
  private static func blocks(
    _ segments: [WorkCoverage.Segment], of space: TargetSpace, _ ports: PortSelection, without excluded: AddressSet,
    refused: PortSelection
  ) -> [ScanBlock] {
    var blocks: [ScanBlock] = []
    var places: [[Range<Int>]: Int] = [:]
    for segment in segments {
      let hosts = AddressSet(space.ranges(in: segment.hosts)).subtracting(excluded).ranges
      guard !hosts.isEmpty else { continue }
      if let place = places[segment.ports] {
        blocks[place].hosts += hosts
        continue
      }
      let wanted = segment.ports.reduce(PortSelection()) { $0.union(ports.slice($1)) }.subtracting(refused)
      guard !wanted.isEmpty else { continue }
      places[segment.ports] = blocks.count
      blocks.append(ScanBlock(hosts: hosts, ports: wanted))
    }
    return blocks
  }

  /// Endpoints in the blocks; saturating.
  private static func count(_ blocks: [ScanBlock], perHost: UInt128?) -> UInt128 {
    blocks.reduce(0) { sum, block in
      block.hosts.reduce(sum) { sum, range in
        let (hosts, first) = range.addresses.span.addingReportingOverflow(1)
        let (endpoints, second) = hosts.multipliedReportingOverflow(by: perHost ?? UInt128(block.ports.count))
        let (total, third) = sum.addingReportingOverflow(endpoints)
        return first || second || third ? .max : total
      }
    }
  }
}
