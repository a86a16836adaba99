internal import ArgumentParser
internal import Curl
internal import Listing
internal import LocalSystem
internal import Model
internal import Wire

extension AgentsCommand {
  struct Rekey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an agent a new secret, which is printed once; the one it had is refused from now on.",
      discussion: "On its host: periplus-agent rekey --secret-file FILE|-, and start the agent again.")
    @Argument(help: "agent:3, 3, or the agent's name.") var agent: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
      let client = try connection.client()
      let id = try await AgentName.id(of: agent, client)
      let issued: NewSecret = try await client.post(OperatorAPI.basePath + "/agents/\(id.rawValue)/rekey")
      try OutputOptions.printSecret(issued.secret, again: "rekey the agent again")
      StandardStream.error.print(
        "\(issued.agent) is refused until its host has it: periplus-agent rekey --secret-file FILE|-, then start the agent again"
      )
    }
  }

  struct Replace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a join token with which one host takes an agent's place; the agent works on until then.",
      discussion: "On the new host: periplus-agent enroll --replaces AGENT --coordinator URL --token-file FILE|-.")
    @Argument(help: "agent:3, 3, or the agent's name.") var agent: String
    @Option(help: "How long it is valid: 30m, 8h, 7d.") var expires = "1h"
    @Option(help: "What it is for.") var note: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let client = try connection.client()
      let id = try await AgentName.id(of: agent, client)
      let issued: IssuedToken = try await client.post(
        OperatorAPI.basePath + "/agents/\(id.rawValue)/replace",
        NewReplacement(expiresInSeconds: try TokenListing.seconds(expires), note: note))
      try TokenListing.show(issued, output)
    }
  }
}

/// Agents as operators name them.
enum AgentName {
  /// Throws a `CommandFailure` where no agent, or more than one, has the name.
  static func id(of text: String, _ client: CoordinatorClient) async throws -> AgentID {
    if let id = AgentID(text) { return id }
    let agents: [AgentRow] = try await PageReading.rows(client, "/agents")
    let named = agents.filter { $0.name == text }
    guard let agent = named.first else { throw CommandFailure("there is no agent \"\(text)\"", status: .usage) }
    guard named.count == 1 else {
      throw CommandFailure(
        "several sites have an agent \"\(text)\": " + named.map { "\($0.id) in \($0.site)" }.joined(separator: ", "),
        status: .usage)
    }
    return agent.id
  }
}
