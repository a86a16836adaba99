internal import FoundationEssentials
internal import Model
internal import NIOCore
internal import Wire

/// One agent: takes a job, renews it, reports it whole, finishes it, and begins anew; on the event loop alone.
final class PlayedAgent: ResponseTaker {
  private enum Step { case lease, renew, chunk, finish, get }

  private let secret: String
  private let fleet: Fleet
  /// Of the last request for work; these agents have no run, and another program may have played them before.
  private var number = Int64(Date().timeIntervalSince1970 * 1_000_000)
  private var due: NIODeadline
  private var roundStart: NIODeadline
  private var step: Step
  private var renewed = 0
  private var grant: LeaseGrant?
  private var channel: (any Channel)?
  private var isWaiting = false
  private var pause: TimeAmount = .milliseconds(250)
  /// When the lease was granted or renewed last.
  private var renewedAt = NIODeadline.now()
  /// What a renewal has come before, and when it is due.
  private var postponed: (step: Step, due: NIODeadline)?

  /// As agents renew: a third of the lease's 30 s.
  private static let renewalInterval = TimeAmount.seconds(10)

  init(secret: String, fleet: Fleet, begin: NIODeadline) {
    self.secret = secret
    self.fleet = fleet
    due = begin
    roundStart = begin
    step = fleet.plan.mode == .get ? .get : .lease
  }

  func begin() { sleep(until: due) }

  private func sleep(until time: NIODeadline) {
    let box = NIOLoopBound(self, eventLoop: fleet.loop)
    fleet.loop.scheduleTask(deadline: time) { box.value.act() }
  }

  private func act() {
    guard NIODeadline.now() < fleet.plan.end else { return }
    guard let channel, channel.isActive else {
      let box = NIOLoopBound(self, eventLoop: fleet.loop)
      fleet.connect(self).whenComplete { result in
        switch result {
        case .success(let channel):
          box.value.channel = channel
          box.value.act()
        case .failure: box.value.retry("no connection")
        }
      }
      return
    }
    isWaiting = true
    let (method, path, body) = request()
    var text = "\(method) \(path) HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(secret)\r\n"
    if let body {
      text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    } else {
      text += "\r\n"
    }
    channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
  }

  private func request() -> (method: String, path: String, body: String?) {
    let base = AgentProtocol.basePath
    guard step != .get else { return ("GET", fleet.plan.path, nil) }
    guard step != .lease, let grant else {
      number += 1
      return (
        "POST", base + "/leases", #"{"probesPerSecond":1,"waitMilliseconds":0,"number":\#(number)}"#
      )
    }
    let lease =
      #""lease":{"generation":\#(grant.lease.generation),"epoch":\#(grant.lease.epoch),"token":"\#(grant.lease.token)"}"#
    let job = "\(base)/jobs/\(grant.job.rawValue)"
    switch step {
    case .renew: return ("POST", job + "/renew", "{\(lease),\"waitMilliseconds\":0}")
    case .chunk: return ("POST", job + "/chunks", ChunkText.whole(of: grant, lease: lease))
    case .finish, .lease, .get:
      let isWhole = fleet.plan.mode == .cycle
      return (
        "POST", job + "/finish",
        "{\(lease),\"outcome\":\"\(isWhole ? "done" : "returned")\",\"chunkCount\":\(isWhole ? 1 : 0)}"
      )
    }
  }

  func take(_ response: Response) {
    isWaiting = false
    let kind = "\(step)"
    fleet.tally.note(kind, status: response.status, hasRetryAfter: response.retryAfter != nil, since: due)
    switch response.status {
    case 200..<300:
      pause = .milliseconds(250)
      advance(response)
    case 429, 500...: retry(nil, after: response.retryAfter)
    default:
      fleet.tally.noteFault("\(kind) \(response.status) \(response.body.prefix(120).filter { $0 != "\"" })")
      nextRound()
    }
  }

  private func advance(_ response: Response) {
    let plan = fleet.plan
    switch step {
    case .get:
      due = .now()
      act()
      return
    case .lease:
      do {
        grant = try JSONDecoder().decode(LeaseResponse.self, from: Data(response.body.utf8)).grant
      } catch { fleet.tally.noteFault("a grant that cannot be read") }
      guard grant != nil else {
        fleet.tally.noteFault("no work")
        return nextRound()
      }
      renewed = 0
      renewedAt = .now()
      step = plan.mode == .closed ? .finish : plan.renewals > 0 ? .renew : .chunk
    case .renew:
      renewedAt = .now()
      if let after = postponed {
        postponed = nil
        step = after.step
        due = max(.now(), after.due)
        return sleep(until: due)
      }
      renewed += 1
      if renewed >= plan.renewals { step = .chunk }
    case .chunk: step = .finish
    case .finish: return nextRound()
    }
    guard plan.mode == .cycle else {
      due = .now()
      return act()
    }
    // Renewals, the chunk and the finish follow one another evenly.
    let place: Int64 =
      switch step {
      case .renew: Int64(renewed) + 1
      case .chunk: Int64(plan.renewals) + 1
      default: Int64(plan.renewals) + 1
      }
    if step != .finish {
      due = roundStart + .nanoseconds(plan.round.nanoseconds * place / Int64(plan.renewals + 2))
    } else {
      due = .now()
    }
    sleep(until: due)
  }

  private func nextRound() {
    grant = nil
    postponed = nil
    step = fleet.plan.mode == .get ? .get : .lease
    if fleet.plan.mode == .cycle {
      roundStart = roundStart + fleet.plan.round
      while roundStart < .now() { roundStart = roundStart + fleet.plan.round }
      due = roundStart
    } else {
      due = .now()
    }
    sleep(until: due)
  }

  /// The same request again, later each time, as agents do, who renew meanwhile.
  private func retry(_ fault: String?, after seconds: Int? = nil) {
    isWaiting = false
    if let fault { fleet.tally.noteFault(fault) }
    let told = TimeAmount.seconds(Int64(seconds ?? 0)).nanoseconds
    let wait = told + pause.nanoseconds / 2 + Int64.random(in: 0...(pause.nanoseconds / 2))
    pause = .nanoseconds(min(pause.nanoseconds * 2, TimeAmount.seconds(15).nanoseconds))
    due = .now() + .nanoseconds(wait)
    let renewal = max(.now(), renewedAt + Self.renewalInterval)
    if fleet.plan.mode == .cycle, grant != nil, step == .chunk || step == .finish, due > renewal {
      postponed = (step, due)
      step = .renew
      due = renewal
    }
    sleep(until: due)
  }

  func connectionEnded() {
    channel = nil
    if isWaiting { retry("a connection ended before its answer") }
  }
}
