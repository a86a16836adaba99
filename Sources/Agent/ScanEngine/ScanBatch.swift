/// What a run delivers at once.
package struct ScanBatch: Hashable, Sendable {
  /// Endpoints, in the order in which they were settled.
  package var observations: [Observation] = []

  /// Hosts that were done with; every observation of such a host is in this batch or came before it.
  package var hosts: [HostObservation] = []

  package init(observations: [Observation] = [], hosts: [HostObservation] = []) {
    self.observations = observations
    self.hosts = hosts
  }

  package var isEmpty: Bool { observations.isEmpty && hosts.isEmpty }

  /// What it counts for in the consumer's credit.
  package var count: Int { observations.count + hosts.count }
}
