package import Model

/// An endpoint seen open.
package struct Sighting: WireRequest, Hashable {
  package var host: HostAddress
  package var transport: TransportProtocol
  package var port: Port
  package var state: EndpointState
  package var reason: ProbeReason
  package var observedAt: Timestamp
  package var rttMicroseconds: Int?
  /// The agent probed an address of its own: the packet never left the host.
  package var isSelfView: Bool
  /// What the service showed of itself; absent where it was not asked, as in every job whose grant does not say `identify`.
  package var service: ServiceFacts?

  package init(
    host: HostAddress, transport: TransportProtocol, port: Port, state: EndpointState, reason: ProbeReason,
    observedAt: Timestamp, rttMicroseconds: Int?, isSelfView: Bool, service: ServiceFacts? = nil
  ) {
    self.host = host
    self.transport = transport
    self.port = port
    self.state = state
    self.reason = reason
    self.observedAt = observedAt
    self.rttMicroseconds = rttMicroseconds
    self.isSelfView = isSelfView
    self.service = service
  }

  private enum CodingKeys: String, ListedFields {
    case host, transport, port, state, reason, observedAt, rttMicroseconds, isSelfView, service
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] { ["service": ServiceFacts.self] }
}

/// Neighbouring ports of one host in the same state other than open, with the newest time among them.
package struct StateRange: WireRequest, Hashable {
  package var host: HostAddress
  package var transport: TransportProtocol
  package var firstPort: Port
  package var lastPort: Port
  package var state: EndpointState
  package var reason: ProbeReason
  package var observedAt: Timestamp
  package var isSelfView: Bool

  package init(
    host: HostAddress, transport: TransportProtocol, firstPort: Port, lastPort: Port, state: EndpointState,
    reason: ProbeReason, observedAt: Timestamp, isSelfView: Bool
  ) {
    self.host = host
    self.transport = transport
    self.firstPort = firstPort
    self.lastPort = lastPort
    self.state = state
    self.reason = reason
    self.observedAt = observedAt
    self.isSelfView = isSelfView
  }

  private enum CodingKeys: String, ListedFields {
    case host, transport, firstPort, lastPort, state, reason, observedAt, isSelfView
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// What a name server that the agent asks calls a host.
package struct NamedHost: WireRequest, Hashable {
  package var host: HostAddress
  /// Absent: the host has no name. A name is one by `HostNameText`.
  package var name: String?
  package var observedAt: Timestamp

  package init(host: HostAddress, name: String?, observedAt: Timestamp) {
    self.host = host
    self.name = name
    self.observedAt = observedAt
  }

  private enum CodingKeys: String, ListedFields { case host, name, observedAt }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// What became of the echo by which a host was asked, of whose ports none in the job says that it is there.
///
/// A host without one is a host of which this says nothing: its agent could not ask, or a port says more.
package struct HostOutcome: WireRequest, Hashable {
  /// By which of these a host answers.
  package static let answers: Set<ProbeReason> = [.echoReply]

  package var host: HostAddress
  /// One of `answers`, or `no-response`: it was asked as often as belief in silence asks for, and so were its ports in the job.
  package var reason: ProbeReason
  /// The first of several answers; absent where there was one.
  package var firstAt: Timestamp?
  /// The last answer; of silence, when it was believed.
  package var observedAt: Timestamp

  package init(host: HostAddress, reason: ProbeReason, firstAt: Timestamp? = nil, observedAt: Timestamp) {
    self.host = host
    self.reason = reason
    self.firstAt = firstAt
    self.observedAt = observedAt
  }

  private enum CodingKeys: String, ListedFields { case host, reason, firstAt, observedAt }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// `POST /agent/v1/jobs/ID/chunks`: a part of a job's results, idempotent on (job, epoch, number). May be gzip.
package struct ChunkReport: WireRequest, Hashable {
  package var lease: LeaseIdentity
  /// Counts from 0 within the lease.
  package var number: Int
  /// What is newly done: every endpoint of these rectangles has its state in this chunk or an earlier one.
  package var completed: [WorkRectangle]
  package var sightings: [Sighting]
  package var ranges: [StateRange]
  /// Hosts of the job that answered, with their names; absent in every job whose grant does not say `names`.
  package var names: [NamedHost]?
  /// What became of echoes; absent in every job whose grant does not say `echoes`.
  package var hosts: [HostOutcome]?

  package init(
    lease: LeaseIdentity, number: Int, completed: [WorkRectangle], sightings: [Sighting], ranges: [StateRange],
    names: [NamedHost]? = nil, hosts: [HostOutcome]? = nil
  ) {
    self.lease = lease
    self.number = number
    self.completed = completed
    self.sightings = sightings
    self.ranges = ranges
    self.names = names
    self.hosts = hosts
  }

  private enum CodingKeys: String, ListedFields { case lease, number, completed, sightings, ranges, names, hosts }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] {
    [
      "lease": LeaseIdentity.self, "completed": RectangleFields.self, "sightings": Sighting.self,
      "ranges": StateRange.self, "names": NamedHost.self, "hosts": HostOutcome.self,
    ]
  }
}

/// The fields of a rectangle, which the model reads itself.
private struct RectangleFields: WireRequest {
  static var fieldNames: Set<String> { ["firstHost", "hostCount", "firstPort", "portCount"] }
}

package struct ChunkReceipt: Codable, Sendable, Hashable {
  /// False when the lease was lost: the sightings are kept, but the chunk counts in no receipt.
  package var isCounted: Bool

  package init(isCounted: Bool) { self.isCounted = isCounted }
}

/// `POST /agent/v1/jobs/ID/finish`: the agent is through with a job. An identical repetition answers success.
package struct FinishRequest: WireRequest, Hashable {
  package enum Outcome: String, Codable, Sendable {
    /// Every endpoint of the job is in a chunk.
    case done
    /// Given back; what is missing from the chunks is still to do.
    case returned
    /// The job itself failed here; counted as an attempt.
    case failed
  }

  package var lease: LeaseIdentity
  package var outcome: Outcome
  package var chunkCount: Int
  /// Why, for `failed` and `returned`.
  package var reason: String?

  package init(lease: LeaseIdentity, outcome: Outcome, chunkCount: Int, reason: String? = nil) {
    self.lease = lease
    self.outcome = outcome
    self.chunkCount = chunkCount
    self.reason = reason
  }

  private enum CodingKeys: String, ListedFields { case lease, outcome, chunkCount, reason }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] { ["lease": LeaseIdentity.self] }
}
