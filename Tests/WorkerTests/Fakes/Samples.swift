import Dispatch
import Model
import Synchronization
import Wire
import Worker

/// Grants and observations of small jobs.
enum Samples {
  static let coordinatorTime = Timestamp(milliseconds: 1_800_000_000_000)
  static let lease = LeaseIdentity(generation: 1, epoch: 3, token: "token")

  /// `hosts` addresses from 10.0.0.0 up times ports 1 to `ports`.
  static func grant(job: Int64 = 7, hosts: Int = 1, ports: Int = 10, pace: JobPace = JobPace()) -> LeaseGrant {
    LeaseGrant(
      job: JobID(job), scan: ScanID(2), lease: lease, attempt: 1, leaseMilliseconds: 30_000, now: coordinatorTime,
      blocks: [
        LeaseBlock(
          rectangle: WorkRectangle(hosts: 0..<UInt128(hosts), ports: 0..<ports),
          hosts: ["10.0.0.0-10.0.0.\(hosts - 1)"], ports: "T:1-\(ports)")
      ], pace: pace)
  }

  static func response(_ grant: LeaseGrant?) -> Result<LeaseResponse, ConversationError> {
    .success(LeaseResponse(grant: grant, retryAfterMilliseconds: 1_000))
  }

  /// Every endpoint of the work, all closed.
  static func observations(of work: ProbeWork, at uptime: Duration = .seconds(1_000)) -> [ProbeObservation] {
    work.blocks.enumerated().flatMap { block, content in
      let hosts = content.hosts.flatMap { range in
        (0...range.addresses.span).map { HostAddress(IPAddress(family: .ipv4, value: range.first.address.value + $0)) }
      }
      return hosts.enumerated().flatMap { hostOffset, host in
        (0..<content.ports.count).map { portOffset in
          ProbeObservation(
            block: block, hostOffset: hostOffset, portOffset: portOffset, host: host,
            endpoint: content.ports.endpoint(at: portOffset), state: .closed, reason: .connectionRefused,
            isSelfView: false, roundTrip: .microseconds(150), observedAt: uptime)
        }
      }
    }
  }
}

/// Runs an actor's jobs one after the other on a queue.
final class QueueExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "renewals")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

final class TestLog: WorkerLog {
  private let said = Mutex<[String]>([])
  var lines: [String] { said.withLock { $0 } }
  func note(_ line: String) { said.withLock { $0.append(line) } }
}
