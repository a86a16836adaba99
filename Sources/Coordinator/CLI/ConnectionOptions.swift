internal import ArgumentParser
internal import Curl
internal import FoundationEssentials
internal import Glibc
internal import LocalSystem
internal import Wire

/// Which coordinator to talk to, and as whom. A flag beats the environment, which beats the context.
struct ConnectionOptions: ParsableArguments {
  @Option(help: "The coordinator's URL. (environment: PERIPLUS_URL)")
  var url: String?

  @Option(help: "File with the API token, - for standard input. (environment: PERIPLUS_TOKEN, the token itself)")
  var tokenFile: String?

  @Option(help: "PEM file of the authority that signed the coordinator's certificate. (environment: PERIPLUS_CA_FILE)")
  var caFile: String?

  @Option(help: "A context made with periplus context add. (environment: PERIPLUS_CONTEXT)")
  var context: String?

  @Flag(help: "Use the coordinator's own Unix socket on this machine; needs root or the coordinator's user.")
  var local = false

  @Option(help: "Path of that socket.")
  var socket: String?

  /// The longest token line that is read.
  private static let tokenBytes = 4_096

  /// Throws a `CommandFailure` that says which setting is missing or unusable.
  func client() throws -> CoordinatorClient {
    let userAgent = "periplus/\(ProgramVersion.text)"
    if local || socket != nil {
      let path = socket ?? LocalSocket.standardPath
      guard access(path, F_OK) == 0 else {
        throw CommandFailure(
          "there is no socket \(path): is the coordinator running here, and is this its user or root?",
          status: .unreachable)
      }
      let http = try HTTPClient(.init(unixSocket: path, userAgent: userAgent))
      return CoordinatorClient(http: http, url: "http://coordinator", credential: nil)
    }
    let saved = try savedContext()
    guard let url = url ?? Environment.text("PERIPLUS_URL") ?? saved?.url else {
      throw CommandFailure(
        "no coordinator is named: give --url, set PERIPLUS_URL, or make a context: periplus context add NAME --url URL --token-file FILE",
        status: .usage)
    }
    let token: String? =
      if let tokenFile { try Self.token(in: tokenFile) } else { Environment.text("PERIPLUS_TOKEN") ?? saved?.token }
    guard let token else {
      throw CommandFailure("no API token is given: use --token-file or PERIPLUS_TOKEN", status: .notAuthorised)
    }
    let caFile = caFile ?? Environment.text("PERIPLUS_CA_FILE") ?? saved?.caFile
    if let caFile, access(caFile, R_OK) != 0 { throw CommandFailure("\(caFile) cannot be read", status: .usage) }
    let http = try HTTPClient(.init(caFile: caFile, userAgent: userAgent))
    return CoordinatorClient(http: http, url: url, credential: token)
  }

  private func savedContext() throws -> ContextFile.Entry? {
    let file = try ContextFile.load()
    guard let name = context ?? Environment.text("PERIPLUS_CONTEXT") ?? file.current else { return nil }
    guard let entry = file.contexts[name] else {
      throw CommandFailure("there is no context \"\(name)\"", status: .usage)
    }
    return entry
  }

  /// The one line of a token file.
  static func token(in file: String) throws -> String {
    let text: String
    do {
      text = try TextFile.read(file, maximumBytes: tokenBytes)
    } catch {
      throw CommandFailure("the token file: \(error)", status: .usage)
    }
    let token = text.split(whereSeparator: \.isWhitespace)
    guard token.count == 1 else { throw CommandFailure("\(file) must hold one token and nothing else", status: .usage) }
    return String(token[0])
  }
}
