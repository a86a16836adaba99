package import Model

/// `POST /api/v1/scans`: a survey that somebody asks for.
package struct ScanSubmission: WireRequest, Hashable {
  package var targets: [String]
  package var exclusions: [String]?
  package var ports: String?
  package var excludedPorts: String?
  /// What ports without a letter mean, and what may be probed; absent: TCP alone. UDP ports are probed only where UDP is
  /// named here.
  package var transports: [TransportProtocol]?
  /// Ask open TCP ports which service they are.
  package var identifies: Bool?
  /// Look up what hosts that answer are called.
  package var looksUpNames: Bool?
  package var site: String?
  /// `any` (the default), `each`, or names of zones.
  package var zones: [String]?
  package var timing: Int?
  package var rate: Int?
  package var ratePerAgent: Int?
  package var ratePerHost: Int?
  package var priority: Int?
  /// Jobs that run at once.
  package var maximumJobs: Int?
  /// Agents that may take part, by id or name; absent: any.
  package var agents: [String]?
  /// Tags that an agent must have to take part.
  package var tags: [String]?
  package var maximumSeconds: Int?
  package var name: String?
  package var note: String?
  /// Probe in blackouts too: an admin's word, with a note.
  package var ignoresBlackouts: Bool?
  /// Consent to more than 2^40 probes.
  package var isConfirmed: Bool?
  /// Price it and store nothing.
  package var isDryRun: Bool?

  package init(targets: [String]) { self.targets = targets }

  private enum CodingKeys: String, ListedFields {
    case targets, exclusions, ports, excludedPorts, transports, identifies, looksUpNames, site, zones, timing, rate
    case ratePerAgent
    case ratePerHost, priority
    case maximumJobs, agents, tags, maximumSeconds, name, note, ignoresBlackouts, isConfirmed, isDryRun
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// The answer to a submission: what it costs, and the scan unless it was a dry run.
package struct SubmissionReceipt: Codable, Sendable, Hashable {
  package var scan: ScanRow?
  /// Addresses after exclusions, decimal.
  package var addresses: String
  package var portsPerAddress: Int
  /// Canonical port expression, its protocols named.
  package var ports: String
  package var identifies: Bool
  /// Probes over all lanes, decimal.
  package var probes: String
  package var lanes: [String]
  package var secondsExpected: Double?
  /// Host names and the addresses they were resolved to, frozen in the scan.
  package var resolved: [String: [String]]
  /// What scope rules leave out of the targets.
  package var excluded: [Exclusion]
  /// Blackouts in its way, in force or to come before it should be over; absent: an earlier coordinator, which has none.
  package var blackouts: [Blackout]?

  package struct Blackout: Codable, Sendable, Hashable {
    package var name: String
    package var from: Timestamp
    package var until: Timestamp

    package init(name: String, from: Timestamp, until: Timestamp) {
      self.name = name
      self.from = from
      self.until = until
    }
  }

  package struct Exclusion: Codable, Sendable, Hashable {
    package var rule: String
    /// Decimal.
    package var addresses: String
    /// The first of the ranges left out.
    package var networks: [String]

    package init(rule: String, addresses: String, networks: [String]) {
      self.rule = rule
      self.addresses = addresses
      self.networks = networks
    }
  }

  package init(
    scan: ScanRow?, addresses: String, portsPerAddress: Int, ports: String, identifies: Bool, probes: String,
    lanes: [String], secondsExpected: Double?, resolved: [String: [String]], excluded: [Exclusion],
    blackouts: [Blackout]? = nil
  ) {
    self.scan = scan
    self.addresses = addresses
    self.portsPerAddress = portsPerAddress
    self.ports = ports
    self.identifies = identifies
    self.probes = probes
    self.lanes = lanes
    self.secondsExpected = secondsExpected
    self.resolved = resolved
    self.excluded = excluded
    self.blackouts = blackouts
  }
}

/// Where every endpoint of a scan or lane stands; the numbers add up to its size at every moment. Decimal text.
package struct CoverageReceipt: Codable, Sendable, Hashable {
  package struct Failure: Codable, Sendable, Hashable {
    package var agent: String
    package var reason: String
    package var count: String

    package init(agent: String, reason: String, count: String) {
      self.agent = agent
      self.reason = reason
      self.count = count
    }
  }

  package struct Skip: Codable, Sendable, Hashable {
    /// The agent whose own policy it was; absent: the coordinator's scope.
    package var agent: String?
    /// The scope rule that forbids it; absent with `agent`, or where no rule allows it any more.
    package var rule: String?
    package var count: String

    package init(agent: String?, rule: String?, count: String) {
      self.agent = agent
      self.rule = rule
      self.count = count
    }
  }

  package var size: String
  package var probed: String
  package var skipped: String
  package var failed: String
  package var notReached: String
  package var failures: [Failure]
  /// Whose rules left out how much; absent: an earlier coordinator, which does not say.
  package var skips: [Skip]?

  package init(
    size: String, probed: String, skipped: String, failed: String, notReached: String, failures: [Failure],
    skips: [Skip]
  ) {
    self.size = size
    self.probed = probed
    self.skipped = skipped
    self.failed = failed
    self.notReached = notReached
    self.failures = failures
    self.skips = skips
  }
}

package struct LaneRow: Codable, Sendable, Hashable {
  package var id: LaneID
  /// `any`, or a zone's name.
  package var zone: String
  package var state: ScanState
  package var coverage: CoverageReceipt
  package var runningJobs: Int
  /// Jobs that came back, or that a limit holds back, and wait.
  package var waitingJobs: Int
  /// The first of the jobs that failed too often and are tried no more.
  package var benched: [BenchedJobRow]
  /// Why nothing runs, in words; absent while something does or when it is over.
  package var pendingReason: String?

  package init(
    id: LaneID, zone: String, state: ScanState, coverage: CoverageReceipt, runningJobs: Int, waitingJobs: Int,
    benched: [BenchedJobRow], pendingReason: String?
  ) {
    self.id = id
    self.zone = zone
    self.state = state
    self.coverage = coverage
    self.runningJobs = runningJobs
    self.waitingJobs = waitingJobs
    self.benched = benched
    self.pendingReason = pendingReason
  }
}

package struct ScanRow: Codable, Sendable, Hashable {
  package var id: ScanID
  package var name: String?
  package var note: String?
  package var site: String
  package var zones: [String]
  package var state: ScanState
  package var targets: String
  package var exclusions: String
  package var ports: String
  /// Open TCP ports are asked which service they are.
  package var identifies: Bool
  /// Hosts that answer are looked up by name; absent: an earlier coordinator, which cannot.
  package var looksUpNames: Bool?
  package var submittedBy: String
  package var createdAt: Timestamp
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?
  /// Since when nothing is told any more of what it saw but these counts; absent: its results are there.
  package var resultsPurgedAt: Timestamp?
  package var coverage: CoverageReceipt
  /// Open endpoints seen so far.
  package var open: Int
  /// Only when one scan is shown.
  package var lanes: [LaneRow]?

  package init(
    id: ScanID, name: String?, note: String?, site: String, zones: [String], state: ScanState, targets: String,
    exclusions: String, ports: String, identifies: Bool, looksUpNames: Bool?, submittedBy: String, createdAt: Timestamp,
    startedAt: Timestamp?,
    finishedAt: Timestamp?, resultsPurgedAt: Timestamp? = nil, coverage: CoverageReceipt, open: Int,
    lanes: [LaneRow]? = nil
  ) {
    self.id = id
    self.name = name
    self.note = note
    self.site = site
    self.zones = zones
    self.state = state
    self.targets = targets
    self.exclusions = exclusions
    self.ports = ports
    self.identifies = identifies
    self.looksUpNames = looksUpNames
    self.submittedBy = submittedBy
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.resultsPurgedAt = resultsPurgedAt
    self.coverage = coverage
    self.open = open
    self.lanes = lanes
  }
}

/// A job that failed too often.
package struct BenchedJobRow: Codable, Sendable, Hashable {
  package var job: JobID
  package var lastError: String?

  package init(job: JobID, lastError: String?) {
    self.job = job
    self.lastError = lastError
  }
}
