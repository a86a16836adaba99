import CoordinatorCore
import CoordinatorServices
import Model
import SeededRandom

/// An agent as the simulation moves it: what it believes, which may be wrong.
struct SimulatedAgent {
  /// A job as the agent knows it.
  struct Job {
    let grant: LeaseService.Grant
    let slot: LeaseSlot
    /// Endpoints by their indices that are in no chunk yet.
    var left: [WorkRectangle]
    /// Made and not known to have arrived; sent again until it is.
    var unanswered: ResultService.Chunk?
    var chunks = 0
    /// Its last word, once it has been said; nothing else is said after it.
    var lastWord: LeaseFinish?
    /// Told to stop, by the coordinator: it reports nothing new and gives the job back.
    var isStopping = false

    init(_ grant: LeaseService.Grant, slot: LeaseSlot) {
      self.grant = grant
      self.slot = slot
      left = grant.blocks.map(\.rectangle)
    }

    var claim: LeaseService.Claim {
      .init(job: grant.job, generation: grant.generation, epoch: grant.epoch, token: grant.token)
    }
  }

  let record: AgentRecord
  var jobs: [Job] = []

  /// The next part of a job's work as a chunk: some hosts of its first rectangle, or some ports of one.
  static func chunk(
    of job: inout Job, number: Int, at time: Timestamp, _ random: inout SeededGenerator
  ) -> ResultService.Chunk? {
    guard let first = job.left.first,
      let block = job.grant.blocks.first(where: { $0.rectangle.intersection(first) != nil })
    else { return nil }
    let budget = UInt128.random(in: 1...max(1, first.count), using: &random)
    let (part, rest) = [first].split(after: budget)
    job.left = rest + job.left.dropFirst()
    var sightings: [ResultService.Sighting] = []
    var runs: [ResultService.Run] = []
    let hosts = block.hosts.flatMap { range in Hosts.all(in: range) }
    for rectangle in part {
      for index in rectangle.hosts.lowerBound..<rectangle.hosts.upperBound {
        let host = hosts[Int(index - block.rectangle.hosts.lowerBound)]
        for port in rectangle.ports {
          let endpoint = block.ports.endpoint(at: port - block.rectangle.ports.lowerBound)
          if Truth.isOpen(host, endpoint) {
            sightings.append(
              .init(host: host, endpoint: endpoint, reason: .synAck, observedAt: time, isSelfView: false))
          } else {
            let number = endpoint.port.rawValue
            runs.append(
              .init(
                host: host, transport: .tcp,
                run: PortStateRun(
                  ports: number...number, state: .closed, reason: .connectionRefused, observedAt: time),
                isSelfView: false))
          }
        }
      }
    }
    let digest = part.flatMap { [$0.hosts.lowerBound, $0.hosts.upperBound, UInt128($0.ports.lowerBound)] }
      .map { UInt8(truncatingIfNeeded: $0) }
    return .init(number: number, digest: digest, completed: part, sightings: sightings, runs: runs)
  }
}

/// The network as it is: a fifth of its endpoints is open, for ever.
enum Truth {
  static func isOpen(_ host: HostAddress, _ endpoint: ProtocolPort) -> Bool {
    let octets = host.address.octets.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
    return (octets &* 13 &+ UInt64(endpoint.port.rawValue)) % 5 == 0
  }
}

enum Hosts {
  /// The hosts of a range of few.
  static func all(in range: HostRange) -> [HostAddress] {
    guard let space = try? TargetSpace(AddressSet([range])) else { return [] }
    return (0..<space.count).map { space.host(at: $0) }
  }
}
