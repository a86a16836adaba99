package import Model

/// Something whose work is bounded: how many jobs of it run at once, and how many probes a second they were granted
/// together.
package struct WorkShare: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case scan, submitter, zone, rule
  }

  package var kind: Kind
  /// The id of the scan, zone or rule, or the submitter's name.
  package var subject: String

  package init(kind: Kind, subject: String) {
    self.kind = kind
    self.subject = subject
  }

  package static func scan(_ id: ScanID) -> WorkShare { .init(kind: .scan, subject: String(id.rawValue)) }
  package static func submitter(_ name: String) -> WorkShare { .init(kind: .submitter, subject: name) }
  package static func zone(_ id: ZoneID) -> WorkShare { .init(kind: .zone, subject: String(id.rawValue)) }
  package static func rule(_ id: ScopeRuleID) -> WorkShare { .init(kind: .rule, subject: String(id.rawValue)) }
}

/// What runs now of a share.
package struct WorkUse: Hashable, Sendable {
  package var jobs: Int
  /// The sum of the rates that were granted.
  package var probesPerSecond: Int

  package init(jobs: Int = 0, probesPerSecond: Int = 0) {
    self.jobs = jobs
    self.probesPerSecond = probesPerSecond
  }
}

/// The bounds of a share, with what runs of it now.
package struct WorkBound: Hashable, Sendable {
  package var share: WorkShare
  /// How people call it: `scan:4`, `zone dmz`, `rule "printers"`.
  package var name: String
  package var jobs: Int?
  package var probesPerSecond: Int?
  package var use: WorkUse

  package init(share: WorkShare, name: String, jobs: Int?, probesPerSecond: Int?, use: WorkUse = WorkUse()) {
    self.share = share
    self.name = name
    self.jobs = jobs
    self.probesPerSecond = probesPerSecond
    self.use = use
  }

  /// Why no further job may run within this bound; nil if one may.
  package var obstacle: String? {
    if let jobs, use.jobs >= jobs { return "\(name) may have \(jobs) jobs at once, and has them" }
    if let probesPerSecond, use.probesPerSecond >= probesPerSecond {
      return "the \(probesPerSecond) probes a second of \(name) are given out"
    }
    return nil
  }

  /// The part of the rate that one of `agents` gets: an equal part, or what is left if that is less; nil: no bound.
  ///
  /// - Precondition: there is no obstacle, and at least one agent.
  package func part(forEachOf agents: Int) -> Int? {
    precondition(agents > 0, "a rate is divided among someone")
    return probesPerSecond.map { rate in
      min(rate - use.probesPerSecond, max(1, rate / agents))
    }
  }
}
