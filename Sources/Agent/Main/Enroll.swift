internal import ArgumentParser
internal import Curl
internal import Glibc
internal import LocalSystem
internal import Model
internal import Wire

/// `periplus-agent enroll`: makes this host an agent of a coordinator.
struct Enroll: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Introduces this host to a coordinator with a join token, and keeps the secret it gets.",
    discussion: "The token comes from a file or from PERIPLUS_JOIN_TOKEN, never from an argument: ps shows arguments.")

  @Option(help: ArgumentHelp("The coordinator.", valueName: "url"))
  var coordinator: String

  @Option(
    name: .customLong("token-file"),
    help: ArgumentHelp("File with the join token, - for standard input.", valueName: "file"))
  var tokenFile: String?

  @Option(
    name: .customLong("ca-file"),
    help: ArgumentHelp("PEM file of the authority that signed the coordinator's certificate.", valueName: "file"))
  var caFile: String?

  @Option(help: ArgumentHelp("The name people will see; the host's name unless given.", valueName: "name"))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "Take the place of this agent: its name, zone, duties and tags. The token is one of periplus agents replace.",
      valueName: "agent"))
  var replaces: String?

  @Option(help: ArgumentHelp("Where to keep the identity.", valueName: "file"))
  var identity: String = AgentIdentity.standardPath

  func run() async throws {
    guard coordinator.hasPrefix("http://") || coordinator.hasPrefix("https://") else {
      throw CommandFailure.usage("--coordinator \"\(coordinator)\": expected http://… or https://…")
    }
    if let caFile, access(caFile, R_OK) != 0 { throw CommandFailure.usage("\(caFile) cannot be read") }
    guard access(identity, F_OK) != 0 else {
      throw CommandFailure.failed(
        "\(identity) is there: this agent is enrolled already; remove the file first if it should enrol anew")
    }
    guard replaces == nil || name == nil else {
      throw CommandFailure.usage("--name: the agent that --replaces names keeps its name")
    }
    let token = try joinToken()
    // Before the token is spent: a secret that cannot be kept would be lost with it.
    try AgentIdentity.demandPlace(identity)
    var names = utsname()
    uname(&names)
    let hostName = Self.text(names.nodename)
    let request = EnrollRequest(
      name: name ?? hostName, installation: Self.randomName(), version: ProgramVersion.text, hostName: hostName,
      operatingSystem: "\(Self.text(names.sysname)) \(Self.text(names.release)) \(Self.text(names.machine))",
      replaces: replaces)
    do {
      let http = try HTTPClient(.init(caFile: caFile, userAgent: "periplus-agent/\(ProgramVersion.text)"))
      defer { http.shutdown() }
      let response: EnrollResponse = try await CoordinatorClient(http: http, url: coordinator, credential: token)
        .post(AgentProtocol.basePath + "/enroll", request)
      try AgentIdentity(
        agent: response.agent, name: response.name, coordinator: coordinator, secret: response.secret, caFile: caFile
      ).save(identity)
      CommandFailure.say(
        "enrolled as \(response.agent) \"\(response.name)\" in zone \(response.zone) of site \(response.site); duties: "
          + response.duties.map(\.rawValue).joined(separator: ", "))
    } catch let refused as RefusedRequest {
      throw CommandFailure.failed(refused.problem.detail)
    } catch let error as HTTPError {
      throw CommandFailure.failed(error.description)
    }
  }

  private func joinToken() throws -> String {
    if let tokenFile { return try SecretFile.read(tokenFile, "token") }
    guard let variable = getenv("PERIPLUS_JOIN_TOKEN") else {
      throw CommandFailure.usage("a join token is needed: give --token-file or set PERIPLUS_JOIN_TOKEN")
    }
    return try SecretFile.oneWord(String(cString: variable), of: "PERIPLUS_JOIN_TOKEN", "token")
  }

  /// 128 random bits in hexadecimal.
  static func randomName() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// A field of utsname (uname(2)): octets up to the first zero.
  static func text(_ field: some Any) -> String {
    withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
