internal import ArgumentParser
internal import Curl
internal import Glibc
internal import LinuxSystem
internal import LocalSystem
internal import Model
internal import ScanEngine
internal import Spool
internal import Wire
internal import Worker

/// `periplus-agent run`: works for the coordinator until told to stop.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Works for the coordinator: takes jobs, sends the inventory, until SIGTERM or Ctrl-C.",
    discussion: """
      A job under way is given back when the agent stops, with what it has found reported first. What the coordinator cannot \
      take now is kept in the spool, also beyond the agent's end.
      """)

  @Option(help: ArgumentHelp("Settings; \(AgentConfiguration.standardPath) if it is there.", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("The identity that enroll made; beats the settings.", valueName: "file"))
  var identity: String?

  @Option(
    help: ArgumentHelp("Folder of results that wait for the coordinator; beats the settings.", valueName: "folder"))
  var spool: String?

  func run() async throws {
    let services = SystemServices.load()
    let configuration = try AgentConfiguration.load(config, services: services)
    let identityPath = self.identity ?? configuration.identityPath
    let identity = try AgentIdentity.load(identityPath)
    _ = try? ResourceLimits.raiseOpenFiles()
    let stop = StopSignal()
    do {
      // A second signal of its kind has its default effect: who cannot wait need not.
      let watch = try SignalWatch([SIGTERM, SIGINT]) { _ in stop.stop() }
      defer { withExtendedLifetime(watch) {} }
      let spool = try DiskSpool(
        self.spool ?? configuration.spoolPath ?? AgentConfiguration.standardSpool(beside: identityPath),
        limits: configuration.spoolLimits, clock: AgentClock(), log: AgentLog())
      try await spool.open()
      let engine = try ConnectEngine()
      defer { engine.shutdown() }
      let http = try HTTPClient(
        .init(caFile: identity.caFile, userAgent: "periplus-agent/\(ProgramVersion.text)"))
      defer { http.shutdown() }
      var conversation = HTTPConversation(
        client: CoordinatorClient(http: http, url: identity.coordinator, credential: identity.secret))
      guard var status = try await firstContact({ try await conversation.status() }, stop) else { return }
      let name = Enroll.randomName()
      if (status.protocolMinor ?? 0) >= 1 {
        conversation = HTTPConversation(
          client: CoordinatorClient(
            http: http, url: identity.coordinator, credential: identity.secret,
            fields: [(AgentProtocol.runHeader, name)]), introduction: AgentIntroduction(run: name))
        let (introduced, contents) = (conversation, spool.contents)
        let hello = try await firstContact({ try await introduced.hello(SpoolReport(contents)) }, stop)
        guard let hello else { return }
        status = hello
      }
      CommandFailure.say(
        "\(identity.agent) \"\(identity.name)\" works for \(identity.coordinator); duties: "
          + status.duties.map(\.rawValue).joined(separator: ", "))
      let worker = AgentWorker(
        equipment: .init(
          conversation: conversation, prober: EngineProber(engine: engine), naming: SystemNaming(),
          inventory: ServedInventorySource(path: configuration.inventorySocket, log: AgentLog()), spool: spool,
          clock: AgentClock(), log: AgentLog(), policy: configuration.policy, services: services,
          renewalExecutor: try ExecutorThread(name: "periplus-renew"), epoch: name),
        status: status, stop: stop)
      try await worker.run()
      CommandFailure.say("stopped")
    } catch let error as ConversationError {
      throw CommandFailure.failed(error.description)
    } catch let error as SpoolError {
      throw CommandFailure.failed(error.description)
    } catch let error as ScanEngineError {
      throw CommandFailure.failed(error.description)
    } catch let error as SystemError {
      throw CommandFailure.failed(error.description)
    } catch let error as HTTPError {
      throw CommandFailure.failed(error.description)
    }
  }

  /// Asks until the coordinator answers; nil when told to stop first.
  private func firstContact(
    _ ask: () async throws -> AgentStatus, _ stop: StopSignal
  ) async throws -> AgentStatus? {
    var pause = RetryPause()
    var isAway = false
    while !stop.isStopping {
      do {
        return try await ask()
      } catch let error as ConversationError where error.code == .passing {
        if !isAway { CommandFailure.say("the coordinator does not answer, trying again: \(error)") }
        isAway = true
        await stop.sleep(for: pause.take(), AgentClock())
      }
    }
    return nil
  }
}
