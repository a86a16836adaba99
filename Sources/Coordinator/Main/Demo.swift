internal import ArgumentParser
internal import CoordinatorCLI
internal import CoordinatorCore
internal import CoordinatorServices
internal import Curl
internal import Glibc
internal import LocalSystem
internal import Logging
internal import Model
internal import Report
internal import UnixSignals
internal import Wire

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try everything on this machine: coordinator, agent, inventory, scan, merged report.",
    discussion: """
      Everything lies in a scratch folder and is removed at the end; nothing but this machine's loopback is probed. \
      The agent is the periplus-agent beside this program.
      """)

  @Flag(help: "Exit after the report instead of serving on.")
  var once = false

  @Option(help: "The periplus-agent to start.")
  var agent: String?

  func run() async throws {
    umask(0o077)
    let agentPath = try agent ?? AgentProcess.besideThisProgram()
    let folder = try ScratchFolder()
    defer { folder.remove() }
    var logger = Logger(label: "periplus")
    logger.logLevel = .warning
    let server: CoordinatorServer
    do {
      server = try CoordinatorServer(
        options: .init(
          listen: .init(address: .ipv4Loopback, port: 0), database: folder.path + "/periplus.sqlite",
          socket: folder.path + "/periplus.sock"), logger: logger)
    } catch {
      throw CommandFailure("\(error)")
    }
    let (addresses, ready) = AsyncStream.makeStream(of: ListenAddress.self)
    let end = Signal()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await server.run(stoppingOn: [.sigterm, .sigint, .sighup], orAfter: end) { address in
          ready.yield(address)
          ready.finish()
        }
      }
      group.addTask {
        defer { end.fire() }
        for await address in addresses {
          try await survey(address, server: server, folder: folder, agentPath: agentPath)
        }
      }
      // Either the report is printed and --once ends the server, or a signal ends it, in the middle of the report too.
      try await group.next()
      if end.count == 0 { group.cancelAll() }
      try? await group.waitForAll()
    }
  }

  /// Enrols and starts an agent over real HTTP, scans, prints, and waits for the end.
  private func survey(
    _ address: ListenAddress, server: CoordinatorServer, folder: ScratchFolder, agentPath: String
  ) async throws {
    let url = "http://\(address)"
    let access = AccessService(context: server.context)
    let admin = try await access.issue(.api(role: .admin, site: nil), expiresIn: .seconds(86_400), note: "demo")
    let join = try await access.issue(
      .join(
        site: nil, zone: nil, createZone: false, duties: Set(Duty.allCases), tags: ["demo"], uses: 1),
      expiresIn: .seconds(600), note: "demo")
    StandardStream.error.print("coordinator at \(url), database in \(folder.path)")
    let tokenFile = try folder.write(join.secret + "\n", to: "join-token")
    let identity = folder.path + "/identity.json"
    try await AgentProcess.run(
      agentPath, ["enroll", "--coordinator", url, "--token-file", tokenFile, "--name", "demo", "--identity", identity])
    let agent = try AgentProcess(agentPath, ["run", "--identity", identity])
    defer { agent.stop() }

    let http = try HTTPClient(.init(userAgent: "periplus-demo/\(ProgramVersion.text)"))
    defer { http.shutdown() }
    let client = CoordinatorClient(http: http, url: url, credential: admin.secret)
    try await waitForInventory(client, agent)
    var submission = ScanSubmission(targets: ["127.0.0.1", "::1"])
    submission.ports = "-"
    submission.name = "demo"
    let receipt: SubmissionReceipt = try await client.post(OperatorAPI.basePath + "/scans", submission)
    guard let scan = receipt.scan else { throw CommandFailure("the scan was not stored") }
    StandardStream.error.print("\(scan.id): all \(receipt.portsPerAddress) TCP ports of 127.0.0.1 and ::1")
    let over = try await ScanFollowing.follow(scan.id, client, showsProgress: true, timeout: .seconds(600))
    StandardStream.error.print(
      "\(over.id) \(over.state.rawValue): \(over.coverage.probed) probed, \(over.coverage.failed) failed, "
        + "\(over.coverage.notReached) not reached, \(over.open) open")
    let rows: [PortRow] = try await PageReading.rows(client, "/ports")
    try PortListing.print(rows)
    guard !once else { return }
    let apiToken = try folder.write(admin.secret + "\n", to: "api-token")
    StandardStream.error.print(
      """

      Serving at \(url) until Ctrl-C. Go on in another terminal:
        export PERIPLUS_URL=\(url)
        export PERIPLUS_TOKEN=$(cat \(apiToken))
        periplus ports verdict:exposed,local-only
        periplus scans submit 127.0.0.0/30 -F --watch
      """)
    try await Task.sleep(for: .seconds(86_400 * 365))
  }

  /// The report is about who listens: it waits until the agent has said so.
  private func waitForInventory(_ client: CoordinatorClient, _ agent: AgentProcess) async throws {
    for _ in 0..<300 {
      let agents: [AgentRow] = try await PageReading.rows(client, "/agents")
      if agents.contains(where: { $0.inventoryAt != nil }) { return }
      guard agent.isRunning else { throw CommandFailure("the agent has ended; its messages are above") }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw CommandFailure("the agent sent no inventory within 30 seconds")
  }
}
