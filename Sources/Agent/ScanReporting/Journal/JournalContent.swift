package import Model

/// What a journal holds: the plan, and everything found so far.
package struct JournalContent: Sendable {
  package let plan: JournalPlan
  package internal(set) var runs: [(rectangle: WorkRectangle, outcome: ScanOutcome, isSelf: Bool)] = []
  package internal(set) var open: [JournalRecord.OpenEndpoint] = []
  package internal(set) var hosts: [(hosts: Range<UInt128>, summary: HostSummary)] = []

  /// Exclusions that came with later calls.
  package internal(set) var excludedAddresses = AddressSet()
  package internal(set) var excludedPorts = PortSelection()
  package internal(set) var isFinished = false

  /// When something was last written on the scan's life; nil while the first call has said nothing.
  package internal(set) var endedAt: Timestamp?

  /// Octets of the file that are whole; what follows was torn by a sudden end.
  package internal(set) var validLength = 0

  init(plan: JournalPlan) { self.plan = plan }

  /// Whether the record speaks of hosts and ports that the plan has; false leaves everything as it is.
  mutating func take(_ record: JournalRecord, hostCount: UInt128) -> Bool {
    switch record {
    case .run(let rectangle, let outcome, let isSelf):
      guard rectangle.hosts.upperBound <= hostCount, rectangle.ports.upperBound <= plan.ports.count else {
        return false
      }
      runs.append((rectangle, outcome, isSelf))
    case .open(let endpoint):
      guard endpoint.host < hostCount, endpoint.port < plan.ports.count else { return false }
      open.append(endpoint)
    case .hosts(let hosts, let summary):
      guard hosts.upperBound <= hostCount else { return false }
      self.hosts.append((hosts, summary))
    case .excludedAddresses(let addresses): excludedAddresses = excludedAddresses.union(addresses)
    case .excludedPorts(let ports): excludedPorts = excludedPorts.union(ports)
    case .resumed(let time), .interrupted(let time): endedAt = time
    case .finished(let time):
      endedAt = time
      isFinished = true
    }
    return true
  }

  /// What was settled, hosts that are done included where the scan asks of hosts alone.
  package func coverage(hostsAlone: Bool) -> WorkCoverage {
    var rectangles = runs.map(\.rectangle)
    rectangles += open.map { WorkRectangle(hosts: $0.host..<($0.host + 1), ports: $0.port..<($0.port + 1)) }
    if hostsAlone { rectangles += hosts.map { WorkRectangle(hosts: $0.hosts, ports: 0..<plan.ports.count) } }
    return WorkCoverage(rectangles)
  }

  /// The same content in as few records as can be.
  var compacted: JournalContent {
    var result = self
    struct Key: Hashable {
      let outcome: ScanOutcome
      let isSelf: Bool
    }
    result.runs = Dictionary(grouping: runs) { Key(outcome: $0.outcome, isSelf: $0.isSelf) }.flatMap { key, runs in
      WorkCoverage(runs.map(\.rectangle)).rectangles.map { ($0, key.outcome, key.isSelf) }
    }.sorted { ($0.0.hosts.lowerBound, $0.0.ports.lowerBound) < ($1.0.hosts.lowerBound, $1.0.ports.lowerBound) }
    result.hosts = JournalBatch.joined(hosts)
    return result
  }

  /// Every record, exclusions first.
  var records: [JournalRecord] {
    var records: [JournalRecord] = []
    if !excludedAddresses.isEmpty { records.append(.excludedAddresses(excludedAddresses)) }
    if !excludedPorts.isEmpty { records.append(.excludedPorts(excludedPorts)) }
    records += runs.map { .run($0.rectangle, $0.outcome, isSelf: $0.isSelf) }
    records += open.map { .open($0) }
    records += hosts.map { .hosts($0.hosts, $0.summary) }
    return records
  }
}
