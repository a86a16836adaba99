internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// All the agents, on one event loop.
final class Fleet: @unchecked Sendable {
  // Everything here is touched on the event loop alone.
  let plan: LoadPlan
  let loop: any EventLoop
  let tally = Tally()
  let start = NIODeadline.now()
  private var agents: [PlayedAgent] = []

  init(secrets: [String], plan: LoadPlan, loop: any EventLoop) {
    self.plan = plan
    self.loop = loop
    for (index, secret) in secrets.enumerated() {
      // The first phase is spread evenly: what a random one comes to among many.
      let phase = plan.mode == .cycle ? plan.round.nanoseconds * Int64(index) / Int64(secrets.count) : 0
      agents.append(PlayedAgent(secret: secret, fleet: self, begin: start + .nanoseconds(phase)))
    }
  }

  func play() -> EventLoopFuture<String> {
    for agent in agents { agent.begin() }
    let promise = loop.makePromise(of: String.self)
    loop.scheduleTask(deadline: plan.end) { [self] in
      promise.succeed(tally.text(agents: agents.count, start: start))
    }
    return promise.futureResult
  }

  /// Opens a connection whose bytes go to `agent`.
  func connect(_ agent: PlayedAgent) -> EventLoopFuture<any Channel> {
    let box = NIOLoopBound(agent, eventLoop: loop)
    return ClientBootstrap(group: loop)
      .channelOption(.socketOption(.so_reuseaddr), value: 1)
      .channelInitializer { [plan] channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls = plan.tls {
            try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
          }
          try channel.pipeline.syncOperations.addHandler(ResponseReader(agent: box.value))
        }
      }.connect(host: plan.host, port: plan.port)
  }
}
