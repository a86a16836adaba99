internal import Model

/// In which order the ports of a block are visited: offsets into its selection, ascending, or with the likeliest first
/// where a silent host is given up after those and nobody asked for ascending order.
struct PortOrder {
  let count: Int

  /// How many are visited before a silent host is given up; `count` where none is.
  let likelyCount: Int

  private let numbers: [UInt16]
  private let tcpCount: Int

  /// nil for ascending order.
  private let offsets: [Int32]?

  /// So many ports of a host are probed whatever happens: as many as nmap's `-F` takes.
  static let likelyPorts = 100

  /// The orders of a work's blocks; equal selections share theirs.
  static func orders(of work: ScanWork) -> [PortOrder] {
    var made: [PortSelection: PortOrder] = [:]
    return work.blocks.map { block in
      let ports = work.discovery == .only ? PortSelection() : block.ports
      if let order = made[ports] { return order }
      let order = PortOrder(ports, discovery: work.discovery, sequence: work.sequence)
      made[ports] = order
      return order
    }
  }

  init(_ ports: PortSelection, discovery: HostDiscovery, sequence: PortSequence) {
    count = ports.tcp.count + ports.udp.count
    tcpCount = ports.tcp.count
    numbers = (0..<count).map { ports.endpoint(at: $0).port.rawValue }
    guard discovery == .on, count > Self.likelyPorts else {
      likelyCount = count
      offsets = nil
      return
    }
    guard sequence == .likeliestFirst else {
      likelyCount = Self.likelyPorts
      offsets = nil
      return
    }
    var likely: [Int32] = []
    var taken = [Bool](repeating: false, count: count)
    func take(_ offset: Int) {
      guard !taken[offset], likely.count < Self.likelyPorts else { return }
      taken[offset] = true
      likely.append(Int32(offset))
    }
    for transport in [TransportProtocol.tcp, .udp] {
      for port in PortRanking.ports(of: transport) {
        if let offset = ports.index(of: ProtocolPort(transport, port)) { take(offset) }
      }
    }
    // Less known ports: spread over the selection.
    var step = 0
    while likely.count < Self.likelyPorts, step < count {
      take(step * 7919 % count)
      step += 1
    }
    for offset in 0..<count where likely.count < Self.likelyPorts { take(offset) }
    likely.sort()
    likelyCount = likely.count
    offsets = likely + (0..<Int32(count)).filter { !taken[Int($0)] }
  }

  /// Whether the endpoint at an offset is a UDP port.
  func isDatagram(_ offset: Int) -> Bool { offset >= tcpCount }

  /// The endpoint at an offset of the selection, as `PortSelection.endpoint(at:)` names it.
  func endpoint(at offset: Int) -> ProtocolPort {
    ProtocolPort(offset < tcpCount ? .tcp : .udp, Port(numbers[offset]))
  }

  subscript(position: Int) -> Int { offsets.map { Int($0[position]) } ?? position }
}
