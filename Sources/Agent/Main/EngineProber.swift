internal import Identification
internal import LinuxSystem
internal import Model
internal import ScanEngine
internal import Worker

/// The worker's probing on the connect engine.
struct EngineProber: Prober {
  let engine: ConnectEngine

  func begin(_ work: ProbeWork) throws -> any ProbeRun {
    var pace = (work.timing.flatMap(TimingTemplate.init) ?? .normal).pace
    // Jobs follow one another: between two of them the spacing holds as well.
    pace.isSpacedFromStart = pace.spacing != nil
    pace.probesPerSecond = work.probesPerSecond
    pace.probesPerSecondPerHost = work.probesPerSecondPerHost
    let blocks = work.blocks.map { ScanBlock(hosts: $0.hosts, ports: $0.ports) }
    let discovery: HostDiscovery = work.asksEchoes ? .echo : .off
    guard work.identifies else {
      return EngineRun(
        run: try engine.begin(
          ScanWork(blocks: blocks, pace: pace, discovery: discovery, isAllowed: work.isAllowed)))
    }
    let divided = DividedPace(pace)
    let identification = try ServiceIdentification.start(divided)
    let run = try engine.begin(
      ScanWork(blocks: blocks, pace: divided.probing, discovery: discovery, isAllowed: work.isAllowed))
    return IdentifyingRun(
      run: run, identification: identification,
      identified: identification.identified(run, isAllowed: work.isAllowed))
  }
}

/// A run of the engine as the worker sees it.
private struct EngineRun: ProbeRun {
  let run: ScanRun

  func next() async -> ProbeNews {
    var batch: ScanBatch
    repeat {
      guard let next = await run.makeAsyncIterator().next() else { return ProbeNews() }
      batch = next
      // An empty answer means the end, and a batch may hold hosts alone.
    } while batch.observations.isEmpty && batch.echoes.isEmpty
    return ProbeNews(
      batch.observations.map { ProbeObservation($0) }, echoes: batch.echoes.map { ProbeEcho($0) })
  }

  func cancel() { run.cancel() }
}

/// The same with what the open endpoints are.
private struct IdentifyingRun: ProbeRun {
  let run: ScanRun
  let identification: ServiceIdentification
  let identified: IdentifiedRun

  func next() async -> ProbeNews {
    while let news = await identified.next() {
      switch news {
      case .hosts: continue
      case .observations(let observations): return ProbeNews(observations.map { ProbeObservation($0) })
      case .echoes(let echoes): return ProbeNews(echoes: echoes.map { ProbeEcho($0) })
      case .answer(let observation, .asked(let identity)):
        return ProbeNews([ProbeObservation(observation, service: ServiceAnswer(identity))])
      // Who goes on with the job asks it from the beginning.
      case .answer(_, .unasked(.cancelled)): continue
      // Open it is; which service, is not known.
      case .answer(let observation, .unasked): return ProbeNews([ProbeObservation(observation)])
      }
    }
    return ProbeNews()
  }

  func cancel() {
    run.cancel()
    identification.cancelAll()
  }
}

extension ProbeObservation {
  fileprivate init(_ observation: Observation, service: ServiceAnswer? = nil) {
    self.init(
      block: observation.blockIndex, hostOffset: Int(observation.hostOffset), portOffset: observation.portOffset,
      host: observation.host, endpoint: observation.port, state: observation.state, reason: observation.reason,
      isSelfView: observation.isSelf, roundTrip: observation.roundTrip,
      observedAt: .nanoseconds(Int64(observation.observedAt)), service: service)
  }
}

extension ProbeEcho {
  fileprivate init(_ echo: EchoObservation) {
    self.init(
      block: echo.blockIndex, hostOffset: Int(echo.hostOffset), host: echo.host, isAnswered: echo.isAnswered,
      observedAt: .nanoseconds(Int64(echo.observedAt)))
  }
}

/// The agent's clocks; uptime is the one that the engine dates observations with.
struct AgentClock: WorkerClock {
  var uptime: Duration { .nanoseconds(Int64(MonotonicClock.now)) }

  var now: Timestamp { Timestamp(milliseconds: MonotonicClock.wallMilliseconds) }

  nonisolated(nonsending) func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration)
  }
}

/// The agent's log: a line an event on standard error, which journald dates.
struct AgentLog: WorkerLog {
  func note(_ line: String) { CommandFailure.say(line) }
}
