internal import ArgumentParser
internal import Curl
internal import LocalSystem
internal import Wire

/// `periplus-agent rekey`: puts the secret that `periplus agents rekey` has printed into the identity.
struct Rekey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes a new secret for this agent, once the coordinator knows it.",
    discussion: "The agent that runs knows the old one, which is refused: start it again.")

  @Option(
    name: .customLong("secret-file"),
    help: ArgumentHelp("File with the secret, - for standard input.", valueName: "file"))
  var secretFile: String

  @Option(help: ArgumentHelp("Where the identity is kept.", valueName: "file"))
  var identity: String = AgentIdentity.standardPath

  func run() async throws {
    var known = try AgentIdentity.load(identity)
    known.secret = try SecretFile.read(secretFile, "secret")
    do {
      let http = try HTTPClient(.init(caFile: known.caFile, userAgent: "periplus-agent/\(ProgramVersion.text)"))
      defer { http.shutdown() }
      let status: AgentStatus = try await CoordinatorClient(
        http: http, url: known.coordinator, credential: known.secret
      )
      .get(AgentProtocol.basePath + "/clock")
      // A secret of another agent would make two of one.
      guard status.agent == known.agent else {
        throw CommandFailure.failed("the secret is that of \(status.agent), and this is \(known.agent)")
      }
    } catch let refused as RefusedRequest {
      throw CommandFailure.failed(
        refused.problem.code == .unauthenticated ? "the coordinator does not know the secret" : refused.problem.detail)
    } catch let error as HTTPError {
      throw CommandFailure.failed(error.description)
    }
    try known.save(identity)
    CommandFailure.say("\(known.agent) \"\(known.name)\" has its new secret; start the agent again if it runs")
  }
}
