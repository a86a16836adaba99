package import CoordinatorCore
package import Model

/// What the services share: the store and its queue, the clock, the settings, and the signals by which one request wakes
/// another.
package struct FleetContext: Sendable {
  package let store: any CoordinatorStore
  package let queue: CommitQueue
  package let clock: any WallClock
  package let settings: FleetSettings
  package let services: ServiceNames
  /// Fires when there may be work for an agent that waits.
  package let workSignal = Signal()
  /// Fires when a scan has ended before its time.
  package let orderSignal = Signal()
  let spaces: ScanSpaces
  let leaseRequests = LeaseRequests()

  package init(
    store: any CoordinatorStore, queue: CommitQueue, clock: any WallClock, settings: FleetSettings,
    services: ServiceNames
  ) {
    self.store = store
    self.queue = queue
    self.clock = clock
    self.settings = settings
    self.services = services
    spaces = ScanSpaces(services: services)
  }

  /// Ends every wait, so that open requests are answered when the coordinator stops.
  package func endWaits() {
    workSignal.close()
    orderSignal.close()
  }
}
