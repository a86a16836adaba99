package import CoordinatorCore

/// The coordinator's own pace; values an operator may set, with the defaults that docs/configuration.md states.
package struct FleetSettings: Sendable {
  /// How long a lease lasts without renewal. Agents renew at a third of it.
  package var leaseDuration: Duration
  /// Attempts in a row that come to nothing, after which a job is halved, or benched.
  package var attemptLimit: Int
  /// Work to cut for an agent, at its measured pace (DESIGN section 4).
  package var jobBudget: JobBudget
  /// Jobs of one submitter that run at once; nil: any number.
  package var jobsPerSubmitter: Int?
  /// The longest that a request for work, or a renewal, is kept open.
  package var longestWait: Duration
  /// How often an agent sends its inventory.
  package var inventoryInterval: Duration
  /// How often an agent says hello.
  package var helloInterval: Duration
  /// An inventory older than this proves nothing any more.
  package var inventoryMaximumAge: Duration
  /// Enrolments that are let in; half as many at once.
  package var enrolmentsPerSecond: Double
  /// An agent not heard of for this long is silent.
  package var silenceAfter: Duration
  /// Looks in a row that must find a port that was open otherwise before it is closed; at most `Confirmations.most`.
  package var closeAfter: Int
  /// How often a port may open and close until alerts hear no more of it; nil: they hear of everything.
  package var flapLimit: FlapLimit?

  package init(
    leaseDuration: Duration = .seconds(30), attemptLimit: Int = 3,
    jobBudget: JobBudget = JobBudget(duration: .seconds(30), first: 4_096, largest: 1 << 20),
    jobsPerSubmitter: Int? = nil, longestWait: Duration = .seconds(25),
    inventoryInterval: Duration = .seconds(60), helloInterval: Duration = .seconds(60),
    inventoryMaximumAge: Duration = .seconds(15 * 60),
    enrolmentsPerSecond: Double = 100, silenceAfter: Duration = .seconds(90), closeAfter: Int = 1,
    flapLimit: FlapLimit? = .standard
  ) {
    self.leaseDuration = leaseDuration
    self.attemptLimit = attemptLimit
    self.jobBudget = jobBudget
    self.jobsPerSubmitter = jobsPerSubmitter
    self.longestWait = longestWait
    self.inventoryInterval = inventoryInterval
    self.helloInterval = helloInterval
    self.inventoryMaximumAge = inventoryMaximumAge
    self.enrolmentsPerSecond = enrolmentsPerSecond
    self.silenceAfter = silenceAfter
    self.closeAfter = closeAfter
    self.flapLimit = flapLimit
  }
}
