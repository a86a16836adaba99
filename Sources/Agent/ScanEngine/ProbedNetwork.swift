internal import Model
internal import ProbeTiming

/// A network of neighbouring hosts that a run is at work on: a /24 of IPv4, a /64 of IPv6, the usual sizes of one link.
/// Engine thread only.
struct ProbedNetwork {
  let key: NetworkKey
  var activeHosts = 0
  var inFlight = 0
  var estimate = RoundTripEstimate()
  var loss = LossEstimate(memory: 4096)
  var window = CongestionWindow(initial: ProbedNetwork.firstWindow, least: 16)
  var meter: PaceMeter

  /// Hosts that may launch again as soon as something of the network has ended.
  var waiting = IndexQueue()

  /// Probes that a network gets at once before anything of it has answered: a hundred silent hosts' worth.
  static let firstWindow = 2048
}

/// Names a network: the upper 24 or 64 bits of its addresses, and the link.
struct NetworkKey: Hashable {
  let family: IPAddress.Family
  let prefix: UInt128
  let scope: UInt32

  init(_ address: IPAddress, scope: UInt32) {
    let address = address.unmapped
    family = address.family
    prefix = address.value >> (address.family == .ipv4 ? 8 : 64)
    self.scope = scope
  }
}
