internal import Model

/// A host that a run is at work on. Engine thread only.
struct ProbedHost {
  let address: HostAddress
  let blockIndex: Int
  let hostOffset: UInt128

  /// The interface index of the address's zone, 0 for none.
  let scope: UInt32

  /// Whether the address is one of this host's own.
  let isSelf: Bool

  /// Whether the address is on the link itself, so that the first packet waits for ARP or neighbour discovery.
  let isOnLink: Bool

  /// Set where the host cannot be probed at all: its interface is not here.
  let refusal: ProbeReason?

  /// The index of the next port that was not probed yet.
  var nextPort = 0
  var inFlight = 0

  /// Whether it stands in the run's queue of hosts with something to launch.
  var isQueued = false

  /// Whether it counts among the neighbours that have not answered.
  var isUnresolved = false

  var estimate = RoundTripEstimate()

  /// Probes to be sent again, as a list through the run's `RetryPool`.
  var retries = RetryPool.List()
}
