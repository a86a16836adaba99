/// What a run delivers at once.
package struct ScanBatch: Hashable, Sendable {
  /// Endpoints, in the order in which they were settled.
  package var observations: [Observation] = []

  /// Hosts that were done with; every observation of such a host is in this batch or came before it.
  package var hosts: [HostObservation] = []

  /// What became of echoes; of runs that ask by them beside the ports.
  package var echoes: [EchoObservation] = []

  package init(
    observations: [Observation] = [], hosts: [HostObservation] = [], echoes: [EchoObservation] = []
  ) {
    self.observations = observations
    self.hosts = hosts
    self.echoes = echoes
  }

  package var isEmpty: Bool { observations.isEmpty && hosts.isEmpty && echoes.isEmpty }

  /// What it counts for in the consumer's credit.
  package var count: Int { observations.count + hosts.count + echoes.count }
}
