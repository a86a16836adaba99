internal import NIOCore
internal import NIOPosix

/// Agents with a job of open endpoints each: they take the jobs and make their chunks, then all send as fast as they are answered.
final class Ingestion: @unchecked Sendable {
  // Everything here is touched on the event loop alone.
  let plan: LoadPlan
  let ingest: IngestPlan
  let loop: any EventLoop
  private let result: EventLoopPromise<String>
  private var agents: [IngestingAgent] = []
  private var latencies: [Int64] = []
  private var faults: [String: Int] = [:]
  private var readyCount = 0
  private var doneCount = 0
  private var start = NIODeadline.now()

  init(secrets: [String], plan: LoadPlan, _ ingest: IngestPlan, loop: any EventLoop) {
    self.plan = plan
    self.ingest = ingest
    self.loop = loop
    result = loop.makePromise(of: String.self)
    agents = secrets.map { IngestingAgent(secret: $0, ingestion: self) }
  }

  func play() -> EventLoopFuture<String> {
    for agent in agents { agent.begin() }
    return result.futureResult
  }

  func noteReady() {
    readyCount += 1
    guard readyCount == agents.count else { return }
    start = .now()
    for agent in agents { agent.send() }
  }

  func noteChunk(since sent: NIODeadline) { latencies.append((.now() - sent).nanoseconds) }

  func noteFault(_ text: String) { faults[text, default: 0] += 1 }

  func noteDone() {
    doneCount += 1
    guard doneCount == agents.count else { return }
    let seconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
    let sightings = agents.reduce(0) { $0 + $1.sightingCount }
    let sorted = latencies.sorted()
    func at(_ share: Double) -> Double {
      sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] / 1_000) / 1_000
    }
    let told = faults.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
    result.succeed(
      "{\"agents\":\(agents.count),\"sightings\":\(sightings),\"chunks\":\(latencies.count),\"seconds\":\(seconds),\"perSecond\":\(Double(sightings) / max(seconds, 1e-3)),\"p50\":\(at(0.5)),\"p99\":\(at(0.99)),\"faults\":{\(told)}}"
    )
  }
}
