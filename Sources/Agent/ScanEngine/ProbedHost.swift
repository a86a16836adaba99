internal import Model
internal import ProbeTiming

/// A host that a run is at work on. Engine thread only.
struct ProbedHost {
  /// What becomes of the endpoints that were not looked at yet.
  struct Rest: Equatable {
    let state: EndpointState
    let reason: ProbeReason
  }

  let address: HostAddress
  let blockIndex: Int
  let hostOffset: UInt128

  /// The interface index of the address's zone, 0 for none.
  let scope: UInt32

  /// The link that the route leaves by; 0 where it is not known.
  let interfaceIndex: UInt32

  /// Whether the address is one of this host's own.
  let isSelf: Bool

  /// Whether the address is on the link itself, so that the first packet waits for ARP or neighbour discovery.
  let isOnLink: Bool

  /// The index of the host's network in the run; known once the host is admitted.
  var network = -1

  /// When it was taken in, nanoseconds of `MonotonicClock`.
  let startedAt: UInt64

  // What is to be launched.

  /// How many ports of the block's visiting order were taken.
  var nextPort = 0

  /// Discovery probes that were not launched yet, as bits of `DiscoveryPlan`.
  var discovery: UInt32 = 0

  /// Probes of a round that are to be sent again.
  var retries = ProbePool.List()

  /// First tries that met silence; they become the next round.
  var silent = ProbePool.List()

  /// Probes of this round that met silence again; judged when the round is over.
  var limbo = ProbePool.List()

  /// Probes whose silence is believed: to be told without another try.
  var believed = ProbePool.List()

  /// So many first tries may be silent before they are tried again: few at first, so that loss comes to light early.
  var roundLength = ProbedHost.firstRound

  /// How many probes of this round go out alone and apart, and when the next may.
  var soundings = Soundings()

  /// Set where the remaining endpoints are not looked at any more.
  var rest: Rest?
  var ending = HostObservation.Ending.complete

  // What is under way.

  var inFlight = 0

  /// How many of those in flight are not first tries.
  var retriesInFlight = 0

  /// Whether it stands in a queue: the run's, its network's, or that of the times.
  var isQueued = false

  /// Whether anything was sent to it.
  var wasAsked = false

  /// Whether it counts among the neighbours that have not answered.
  var isUnresolved = false

  // What was learned.

  var estimate = RoundTripEstimate()
  var loss = LossEstimate(memory: 1024)
  var window = CongestionWindow(initial: ProbedHost.firstWindow, least: 2)
  var pacer = DeliveryPacer()
  var meter: PaceMeter

  /// Whether discovery is an echo beside the ports (`HostDiscovery.echo`).
  var asksEchoAlone = false

  /// Whether the host answered a probe, as one that is there does.
  var hasAnswered = false

  /// Whether its echo was asked as often as belief asks for, and met silence.
  var isSilentToEcho = false

  var presence = HostObservation.Presence.silent
  var presenceReason = ProbeReason.noResponse

  /// Ports that answered, and those of them that are open.
  var answeredPorts = 0
  var openPorts = 0

  /// Whether it answered a UDP probe with a port unreachable, which hosts do at a limited rate.
  var hasRefusedDatagrams = false

  /// When its route was asked for last, nanoseconds.
  var routeAskedAt: UInt64 = 0

  /// Probes that a host gets at once before it has answered. nmap's book starts with ten; as many silent hosts take half
  /// the time with twenty.
  static let firstWindow = 20

  /// First tries of a host whose silence is checked early; each round may be four times as long, up to the longest.
  static let firstRound = 16
  static let longestRound = 1024

  /// Whether it is still to be found out by discovery probes if the host is there.
  ///
  /// The entry of a neighbour's table is presence, and no answer to an echo.
  var wantsDiscovery: Bool { asksEchoAlone ? !hasAnswered : presence != .up }

  /// Takes what came from the host itself, or from a neighbour's table entry.
  mutating func learnUp(_ reason: ProbeReason) {
    guard presence != .up else { return }
    presence = .up
    presenceReason = reason
  }

  /// Takes what the network or this host says: it counts only while nothing was heard of the host itself.
  mutating func learnAbsent(_ presence: HostObservation.Presence, _ reason: ProbeReason) {
    guard self.presence == .silent || self.presence == .unchecked && presence == .unreachable else { return }
    self.presence = presence
    presenceReason = reason
  }

  /// Makes its silent first tries the probes to be sent again.
  mutating func takeUpSilent(_ pool: inout ProbePool) { pool.move(&silent, to: &retries) }

  /// Sends again what was silent in this round too.
  mutating func takeUpLimbo(_ pool: inout ProbePool) { pool.move(&limbo, to: &retries) }
}
