package import Model

/// What a scan set out to do, frozen at its start: indices of hosts and ports count through it.
package struct JournalPlan: Equatable, Sendable {
  /// Addresses, exclusions of the first call taken away already.
  package var targets: AddressSet
  package var ports: PortSelection

  /// Ports that nothing may touch, discovery probes neither.
  package var refusedPorts: PortSelection

  /// Names that the user typed, by address.
  package var names: [IPAddress: String]

  /// Further options of the first call by their names, `--rate` for instance; the value of a flag is empty.
  package var options: [String: String]
  package var startedAt: Timestamp

  package init(
    targets: AddressSet, ports: PortSelection, refusedPorts: PortSelection, names: [IPAddress: String],
    options: [String: String], startedAt: Timestamp
  ) {
    self.targets = targets
    self.ports = ports
    self.refusedPorts = refusedPorts
    self.names = names
    self.options = options
    self.startedAt = startedAt
  }
}
