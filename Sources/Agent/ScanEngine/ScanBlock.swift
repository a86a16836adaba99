package import Model

/// A rectangle of work: every host × every port.
package struct ScanBlock: Hashable, Sendable {
  /// Visited in this order; a host's offset counts through it.
  package var hosts: [HostRange]

  /// TCP and UDP ports; `ScanWork.sequence` says in which order they are visited.
  package var ports: PortSelection

  package init(hosts: [HostRange], ports: PortSelection) {
    self.hosts = hosts
    self.ports = ports
  }
}
