internal import ArgumentParser
internal import CoordinatorCLI
internal import CoordinatorCore
internal import CoordinatorServices
internal import Glibc
internal import LocalSystem
internal import Logging
internal import Model
internal import UnixSignals

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the coordinator.",
    discussion: """
      Listens on loopback unless told otherwise. On any other address it wants --tls-cert and --tls-key, or an outspoken \
      --insecure-http.
      """)

  @Option(help: "Where to listen, ADDRESS:PORT; port 0 takes any free one.")
  var listen: String = ListenAddress.standard.description

  @OptionGroup var database: DatabaseOptions

  @Option(help: "Unix socket for root and the coordinator's user; beside the database unless /run/periplus is there.")
  var socket: String?

  @Option(help: "PEM file with the certificate chain.")
  var tlsCert: String?

  @Option(help: "PEM file with the private key.")
  var tlsKey: String?

  @Option(help: "Jobs that one submitter's scans may have at once, all together; default: any number.")
  var maxJobsPerSubmitter: Int?

  @Option(help: "Purge history older than this, such as 400d; default: keep all of it.")
  var keepHistory: String?

  @Option(help: "Looks in a row that must find an open port otherwise before it is closed; 1 to 8.")
  var closeAfter: Int = 1

  @Option(help: "Changes of a port within --flap-window that alerts are told of, until it settles; 0: all of them.")
  var flapChanges: Int = FlapLimit.standard.changes

  @Option(help: "How far back changes of a port are counted, such as 6h; default: 1d.")
  var flapWindow: String?

  @Option(help: "Purge messages, their deliveries and planned runs older than this; default: 90d.")
  var keepRecords: String?

  @Option(help: "Root-owned file with what deliveries may do; default: /etc/periplus/deliveries.conf if it is there.")
  var deliveries: String?

  @Flag(help: "Serve plain HTTP on an address that other hosts reach: credentials cross the network readable.")
  var insecureHttp = false

  func run() async throws {
    do {
      let options = try serverOptions()
      // Nobody else may read the database, its log, or open the socket.
      umask(0o077)
      var logger = Logger(label: "periplus")
      logger.logLevel = .notice
      let server = try CoordinatorServer(options: options, logger: logger)
      let scheme = options.certificate == nil ? "http" : "https"
      try await server.run(stoppingOn: [.sigterm, .sigint]) { address in
        StandardStream.error.print("periplus: listening on \(scheme)://\(address)")
        StandardStream.error.print(
          "periplus: first login: periplus tokens add api --role admin --local --socket \(options.socket)")
      }
    } catch let error as StartError {
      throw CommandFailure(error.description)
    } catch let error as StoreError {
      throw CommandFailure(error.description)
    }
  }

  private func serverOptions() throws -> CoordinatorServer.Options {
    guard let address = ListenAddress(listen) else {
      throw CommandFailure(
        "--listen \"\(listen)\": expected ADDRESS:PORT, such as 127.0.0.1:7433 or [::1]:7433", status: .usage)
    }
    guard (tlsCert == nil) == (tlsKey == nil) else {
      throw CommandFailure("--tls-cert and --tls-key go together", status: .usage)
    }
    if !address.address.isLoopback, tlsCert == nil, !insecureHttp {
      throw CommandFailure(
        "\(address) can be reached by other hosts: give --tls-cert and --tls-key, or --insecure-http if you mean it",
        status: .usage)
    }
    if let most = maxJobsPerSubmitter, most < 1 {
      throw CommandFailure("--max-jobs-per-submitter \(most): expected a positive number", status: .usage)
    }
    guard (1...Confirmations.most).contains(closeAfter) else {
      throw CommandFailure(
        "--close-after \(closeAfter): expected a number from 1 to \(Confirmations.most)", status: .usage)
    }
    guard (0...FlapLimit.most).contains(flapChanges) else {
      throw CommandFailure(
        "--flap-changes \(flapChanges): expected a number from 0 to \(FlapLimit.most)", status: .usage)
    }
    let flapWindow = try flapWindow.map { text in
      guard let window = DurationText.read(text), window >= .seconds(60), window <= .seconds(31 * 86_400) else {
        throw CommandFailure("--flap-window \"\(text)\": expected 1m to 31d, such as 6h", status: .usage)
      }
      return window
    }
    func span(_ text: String, _ option: String) throws -> Duration {
      guard let span = DurationText.read(text), span >= .seconds(86_400) else {
        throw CommandFailure("\(option) \"\(text)\": expected a day or more, such as 400d", status: .usage)
      }
      return span
    }
    let kept = try keepHistory.map { try span($0, "--keep-history") }
    let records = try keepRecords.map { try span($0, "--keep-records") }
    let database = self.database.path
    return .init(
      listen: address, database: database, socket: socket ?? Self.standardSocket(besides: database),
      certificate: tlsCert, key: tlsKey,
      settings: FleetSettings(
        jobsPerSubmitter: maxJobsPerSubmitter, closeAfter: closeAfter,
        flapLimit: flapChanges == 0
          ? nil : FlapLimit(changes: flapChanges, window: flapWindow ?? FlapLimit.standard.window)), keptHistory: kept,
      keptRecords: records ?? RecordPurge.standard, deliveries: deliveries)
  }

  private static func standardSocket(besides database: String) -> String {
    if access("/run/periplus", W_OK) == 0 { return LocalSocket.standardPath }
    let folder = database.lastIndex(of: "/").map { String(database[...$0]) } ?? "./"
    return folder + "periplus.sock"
  }
}
