package import Model

/// One requested survey, frozen at submission.
package struct ScanRecord: Hashable, Sendable {
  package var id: ScanID
  package var site: SiteID
  package var state: ScanState
  package var request: ScanRequest
  package var submittedBy: String
  package var createdAt: Timestamp
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?
  /// Since when nothing is told any more of what it saw; nil: its results are there.
  package var purgedAt: Timestamp?

  package init(
    id: ScanID, site: SiteID, state: ScanState, request: ScanRequest, submittedBy: String, createdAt: Timestamp,
    startedAt: Timestamp?, finishedAt: Timestamp?, purgedAt: Timestamp? = nil
  ) {
    self.id = id
    self.site = site
    self.state = state
    self.request = request
    self.submittedBy = submittedBy
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.purgedAt = purgedAt
  }
}

/// What was asked for, with names resolved and the index space fixed.
package struct ScanRequest: Hashable, Sendable {
  /// As typed.
  package var targets: String
  package var exclusions: String
  /// The frozen target space: canonical text of its address set, after exclusions.
  package var space: String
  /// Canonical port expression.
  package var ports: String
  package var hostCount: UInt128
  package var portCount: Int
  /// Open TCP ports are asked which service they are.
  package var identifies: Bool
  package var timing: Int?
  /// Probes a second of the whole scan.
  package var rate: Int?
  package var ratePerAgent: Int?
  package var ratePerHost: Int?
  package var priority: Int
  /// Jobs that may run at once; nil: any number.
  package var maximumJobs: Int?
  package var placement: ScanPlacement
  /// Probed in blackouts too.
  package var ignoresBlackouts: Bool
  package var maximumDuration: Duration?
  package var name: String?
  package var note: String?

  package init(
    targets: String, exclusions: String, space: String, ports: String, hostCount: UInt128, portCount: Int,
    identifies: Bool = false, timing: Int?, rate: Int?, ratePerAgent: Int?, ratePerHost: Int?, priority: Int,
    maximumJobs: Int? = nil,
    placement: ScanPlacement = ScanPlacement(), ignoresBlackouts: Bool = false, maximumDuration: Duration?,
    name: String?, note: String?
  ) {
    self.targets = targets
    self.exclusions = exclusions
    self.space = space
    self.ports = ports
    self.hostCount = hostCount
    self.portCount = portCount
    self.identifies = identifies
    self.timing = timing
    self.rate = rate
    self.ratePerAgent = ratePerAgent
    self.ratePerHost = ratePerHost
    self.priority = priority
    self.maximumJobs = maximumJobs
    self.placement = placement
    self.ignoresBlackouts = ignoresBlackouts
    self.maximumDuration = maximumDuration
    self.name = name
    self.note = note
  }
}

extension ScanRequest {
  /// Hosts that answer are looked up by name.
  package var looksUpNames: Bool { placement.needs.contains(.names) }
}
