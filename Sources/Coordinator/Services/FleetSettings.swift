/// The coordinator's own pace; values an operator may set, with the defaults that docs/configuration.md states.
package struct FleetSettings: Sendable {
  /// How long a lease lasts without renewal. Agents renew at a third of it.
  package var leaseDuration: Duration
  /// Attempts after which a job is benched.
  package var attemptLimit: Int
  /// Work to cut for an agent, at its measured pace (DESIGN section 4).
  package var jobDuration: Duration
  /// Probes in the first job of an agent whose pace is not known yet.
  package var firstJobProbes: Int
  /// The most that one job may hold.
  package var largestJobProbes: Int
  /// The longest that a request for work, or a renewal, is kept open.
  package var longestWait: Duration
  /// How often an agent sends its inventory.
  package var inventoryInterval: Duration
  /// An inventory older than this proves nothing any more.
  package var inventoryMaximumAge: Duration
  /// An agent not heard of for this long is silent.
  package var silenceAfter: Duration

  package init(
    leaseDuration: Duration = .seconds(30), attemptLimit: Int = 5, jobDuration: Duration = .seconds(30),
    firstJobProbes: Int = 4_096, largestJobProbes: Int = 1 << 20, longestWait: Duration = .seconds(25),
    inventoryInterval: Duration = .seconds(60), inventoryMaximumAge: Duration = .seconds(15 * 60),
    silenceAfter: Duration = .seconds(90)
  ) {
    self.leaseDuration = leaseDuration
    self.attemptLimit = attemptLimit
    self.jobDuration = jobDuration
    self.firstJobProbes = firstJobProbes
    self.largestJobProbes = largestJobProbes
    self.longestWait = longestWait
    self.inventoryInterval = inventoryInterval
    self.inventoryMaximumAge = inventoryMaximumAge
    self.silenceAfter = silenceAfter
  }
}
