package import Model

/// What the worker asks of the scan engine.
package protocol Prober: Sendable {
  /// Begins to probe every endpoint of the blocks; throws if the work itself cannot be done.
  func begin(_ work: ProbeWork) throws -> any ProbeRun
}

/// Probing under way.
package protocol ProbeRun: Sendable {
  /// What was seen next, open endpoints with what they are where that is asked for; empty when the run has ended. While nobody asks, no more than a bounded number is probed.
  func next() async throws -> ProbeNews

  /// Stops probing and asking at once; what was not looked at, or not asked in full, has no observation.
  func cancel()
}

/// The blocks of a job and how fast they may be probed.
package struct ProbeWork: Sendable {
  package struct Block: Sendable {
    package let hosts: [HostRange]
    package let ports: PortSelection

    package init(hosts: [HostRange], ports: PortSelection) {
      self.hosts = hosts
      self.ports = ports
    }
  }

  package let blocks: [Block]
  package let probesPerSecond: Int?
  package let probesPerSecondPerHost: Int?
  /// nmap's `-T0` to `-T5`.
  package let timing: Int?
  /// Ask open TCP ports which service they are.
  package let identifies: Bool
  /// Ask hosts of which nothing is heard by an ICMP echo too, where this host may.
  package let asksEchoes: Bool
  /// Asked just before each connect.
  package let isAllowed: @Sendable (HostAddress, ProtocolPort) -> Bool

  package init(
    blocks: [Block], probesPerSecond: Int?, probesPerSecondPerHost: Int?, timing: Int?, identifies: Bool,
    asksEchoes: Bool = false, isAllowed: @escaping @Sendable (HostAddress, ProtocolPort) -> Bool
  ) {
    self.blocks = blocks
    self.probesPerSecond = probesPerSecond
    self.probesPerSecondPerHost = probesPerSecondPerHost
    self.timing = timing
    self.identifies = identifies
    self.asksEchoes = asksEchoes
    self.isAllowed = isAllowed
  }

  /// Whether it says nothing of how fast TCP ports are connected to.
  var takesItsTime: Bool { identifies || blocks.contains { !$0.ports.udp.isEmpty } }
}

/// What a run has seen since it was asked last.
package struct ProbeNews: Sendable {
  package var observations: [ProbeObservation]
  package var echoes: [ProbeEcho]

  package init(_ observations: [ProbeObservation] = [], echoes: [ProbeEcho] = []) {
    self.observations = observations
    self.echoes = echoes
  }

  package var isEmpty: Bool { observations.isEmpty && echoes.isEmpty }
}

/// What became of a host's ICMP echo: an answer as soon as there is one, silence behind the host's last endpoint. None where the
/// echo could not be sent.
package struct ProbeEcho: Sendable {
  package let block: Int
  /// Index of the host within its block.
  package let hostOffset: Int
  package let host: HostAddress
  package let isAnswered: Bool
  /// On the clock of `WorkerClock.uptime`.
  package let observedAt: Duration

  package init(block: Int, hostOffset: Int, host: HostAddress, isAnswered: Bool, observedAt: Duration) {
    self.block = block
    self.hostOffset = hostOffset
    self.host = host
    self.isAnswered = isAnswered
    self.observedAt = observedAt
  }
}

/// One endpoint looked at.
package struct ProbeObservation: Sendable {
  package let block: Int
  /// Index of the host within its block.
  package let hostOffset: Int
  /// Index of the port within its block.
  package let portOffset: Int
  package let host: HostAddress
  package let endpoint: ProtocolPort
  package let state: EndpointState
  package let reason: ProbeReason
  package let isSelfView: Bool
  package let roundTrip: Duration?
  /// On the clock of `WorkerClock.uptime`.
  package let observedAt: Duration
  /// Nil: nobody asked the service.
  package let service: ServiceAnswer?

  package init(
    block: Int, hostOffset: Int, portOffset: Int, host: HostAddress, endpoint: ProtocolPort, state: EndpointState,
    reason: ProbeReason, isSelfView: Bool, roundTrip: Duration?, observedAt: Duration,
    service: ServiceAnswer? = nil
  ) {
    self.block = block
    self.hostOffset = hostOffset
    self.portOffset = portOffset
    self.host = host
    self.endpoint = endpoint
    self.state = state
    self.reason = reason
    self.isSelfView = isSelfView
    self.roundTrip = roundTrip
    self.observedAt = observedAt
    self.service = service
  }
}
