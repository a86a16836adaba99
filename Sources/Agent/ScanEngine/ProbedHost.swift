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

  /// When it was taken in, nanoseconds of `MonotonicClock`.
  let startedAt: UInt64

  /// The first word on whether somebody is there; an answer replaces what is less.
  var presence = HostObservation.Presence.silent
  var presenceReason = ProbeReason.noResponse

  /// Probes to be sent again, as a list through the run's `RetryPool`.
  var retries = RetryPool.List()

  /// Takes what an endpoint's end says of the host as a whole: an answer says more than a router's word, that more than
  /// silence, and each more than our own failure.
  mutating func learn(_ state: EndpointState, _ reason: ProbeReason) {
    let found: HostObservation.Presence
    switch state {
    case .open, .closed: found = .up
    case .unreachable: found = .unreachable
    case .filtered where reason != .noResponse: found = .up
    case .filtered, .openOrFiltered: return
    case .unchecked: found = .unchecked
    }
    guard presence != .up, found != .unchecked || presence == .silent else { return }
    presence = found
    presenceReason = reason
  }
}
