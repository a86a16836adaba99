internal import FoundationEssentials
internal import Model
internal import NIOCore
internal import NIOPosix
internal import Wire

/// Takes one job, reports each of its endpoints open, chunk after chunk, and finishes it; on the event loop alone.
final class IngestingAgent: ResponseTaker {
  private enum Step { case lease, renew, chunk, finish }

  private let secret: String
  private let ingestion: Ingestion
  private var step = Step.lease
  private var grant: LeaseGrant?
  private var bodies: [[UInt8]] = []
  private(set) var sightingCount = 0
  private var next = 0
  private var channel: (any Channel)?
  private var sentAt = NIODeadline.now()
  private var renewedAt = NIODeadline.now()

  init(secret: String, ingestion: Ingestion) {
    self.secret = secret
    self.ingestion = ingestion
  }

  func begin() {
    let box = NIOLoopBound(self, eventLoop: ingestion.loop)
    ClientBootstrap(group: ingestion.loop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ResponseReader(agent: box.value))
        }
      }.connect(host: ingestion.plan.host, port: ingestion.plan.port).whenComplete { result in
        switch result {
        case .success(let channel):
          box.value.channel = channel
          // A budget is half a minute of work.
          let pace = box.value.ingestion.ingest.endpoints / 30
          box.value.post("/leases", Array("{\"probesPerSecond\":\(pace),\"waitMilliseconds\":0}".utf8))
        case .failure(let error): box.value.giveUp("no connection: \(error)")
        }
      }
  }

  /// The next chunk, or the end.
  func send() {
    guard let grant else { return }
    let job = "/jobs/\(grant.job.rawValue)"
    // A lease is renewed at a third.
    if NIODeadline.now() - renewedAt > .seconds(8) {
      step = .renew
      renewedAt = .now()
      post(job + "/renew", Array("{\(lease),\"waitMilliseconds\":0}".utf8))
    } else if next < bodies.count {
      step = .chunk
      post(job + "/chunks", bodies[next], isCompressed: true)
    } else {
      step = .finish
      post(job + "/finish", Array("{\(lease),\"outcome\":\"done\",\"chunkCount\":\(bodies.count)}".utf8))
    }
  }

  private var lease: String {
    grant.map {
      #""lease":{"generation":\#($0.lease.generation),"epoch":\#($0.lease.epoch),"token":"\#($0.lease.token)"}"#
    } ?? ""
  }

  private func post(_ path: String, _ body: [UInt8], isCompressed: Bool = false) {
    var request = ByteBuffer(
      string:
        "POST \(AgentProtocol.basePath)\(path) HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(secret)\r\nContent-Type: application/json\r\n\(isCompressed ? "Content-Encoding: gzip\r\n" : "")Content-Length: \(body.count)\r\n\r\n"
    )
    request.writeBytes(body)
    sentAt = .now()
    channel?.writeAndFlush(request, promise: nil)
  }

  func take(_ response: Response) {
    guard (200..<300).contains(response.status) else {
      // A queue that is full is asked again.
      if response.status == 429 || response.status == 503 {
        ingestion.noteFault("\(step) \(response.status)")
        let box = NIOLoopBound(self, eventLoop: ingestion.loop)
        ingestion.loop.scheduleTask(in: .milliseconds(500)) { box.value.send() }
        return
      }
      return giveUp("\(step) \(response.status) \(response.body.prefix(160).filter { $0 != "\"" })")
    }
    switch step {
    case .lease:
      do {
        grant = try JSONDecoder().decode(LeaseResponse.self, from: Data(response.body.utf8)).grant
        guard let grant else { return giveUp("no work") }
        let chunks = try OpenChunks(grant, lease: lease, order: ingestion.ingest.order)
        bodies = chunks.bodies
        sightingCount = chunks.sightingCount
        ingestion.noteReady()
      } catch { giveUp("a grant that cannot be read: \(error)") }
    case .renew: send()
    case .chunk:
      ingestion.noteChunk(since: sentAt)
      next += 1
      send()
    case .finish: ingestion.noteDone()
    }
  }

  private func giveUp(_ fault: String) {
    ingestion.noteFault(fault)
    if grant == nil { ingestion.noteReady() }
    ingestion.noteDone()
  }

  func connectionEnded() { channel = nil }
}
