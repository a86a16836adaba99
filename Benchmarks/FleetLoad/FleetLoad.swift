internal import ArgumentParser
internal import FoundationEssentials
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Plays thousands of agents over real sockets, at times that are fixed beforehand (open loop): a coordinator that is
/// slow is not asked less. Prints one JSON object with what it saw.
@main
struct FleetLoad: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "fleet-load")

  @Argument(help: "HOST:PORT of the coordinator.") var coordinator: String
  @Option(help: "File with an agent's secret a line; as many agents are played.") var secrets: String
  @Option(help: "Seconds to play.") var seconds: Int = 60
  @Option(help: "Seconds of one round of an agent: lease, renewals, chunk, finish.") var round: Double = 30
  @Option(help: "Renewals in a round.") var renewals: Int = 3
  @Option(
    help:
      "cycle: rounds; closed: lease and finish as fast as they are answered; get: one path, likewise; ingest: a job of open endpoints for each agent."
  )
  var mode: Mode = .cycle
  @Option(help: "The path that get asks for.") var path: String = "/livez"
  @Option(help: "How ingest orders its sightings: host-major or port-major.") var order: Order = .hostMajor
  @Option(help: "Endpoints of a job that ingest asks for.") var endpoints: Int = 250_000
  @Flag(help: "TLS, without asking who the coordinator is.") var tls = false

  enum Mode: String, ExpressibleByArgument { case cycle, closed, get, ingest }

  enum Order: String, ExpressibleByArgument {
    case hostMajor = "host-major"
    case portMajor = "port-major"
  }

  func run() async throws {
    let list = try String(contentsOf: URL(filePath: secrets), encoding: .utf8)
    let secrets = list.split(whereSeparator: \.isNewline).map(String.init)
    guard let colon = coordinator.lastIndex(of: ":"), let port = Int(coordinator[coordinator.index(after: colon)...])
    else { throw ValidationError("HOST:PORT is expected") }
    let host = String(coordinator[..<colon])
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    var context: NIOSSLContext?
    if tls {
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.certificateVerification = .none
      context = try NIOSSLContext(configuration: configuration)
    }
    let plan = LoadPlan(
      host: host, port: port, tls: context, end: .now() + .seconds(Int64(seconds)),
      round: .nanoseconds(Int64(round * 1e9)), renewals: renewals, mode: mode, path: path)
    if mode == .ingest {
      let ingest = IngestPlan(order: order, endpoints: endpoints)
      let ingestion = loop.submit { Ingestion(secrets: secrets, plan: plan, ingest, loop: loop) }
      print(try await ingestion.flatMap { $0.play() }.get())
      return
    }
    let tally = try await loop.submit { Fleet(secrets: secrets, plan: plan, loop: loop) }.flatMap { $0.play() }.get()
    print(tally)
  }
}
