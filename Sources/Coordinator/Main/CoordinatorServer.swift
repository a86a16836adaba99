internal import CoordinatorCore
internal import CoordinatorHTTP
internal import CoordinatorServices
internal import CoordinatorStore
internal import Curl
internal import Delivery
internal import Glibc
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import LocalSystem
internal import Logging
internal import Model
internal import NIOCore
internal import NIOSSL
internal import Schedules
internal import ServiceLifecycle
internal import UnixSignals
internal import Wire

/// The whole coordinator in one process: store, services, and its listeners, one on the network and one on a Unix socket
/// for root and the coordinator's own user.
struct CoordinatorServer: Sendable {
  struct Options: Sendable {
    var listen: ListenAddress
    var database: String
    var socket: String
    var certificate: String?
    var key: String?
    var settings = FleetSettings()
    /// Nil: all of it.
    var keptHistory: Duration?
    /// Of messages, deliveries and planned runs.
    var keptRecords = RecordPurge.standard
    /// Nil: the standard one, if it is there.
    var deliveries: String?
  }

  let context: FleetContext
  private let options: Options
  private let store: SQLiteStore
  private let lock: DatabaseLock
  private let logger: Logger
  private let router: CoordinatorRouter
  private let courier: ReceiverCourier
  private let patience: DeliveryPatience
  private let scans: ScanService

  /// Opens the database. Blocks. Throws a `StoreError`, or a `StartError` for a database in use.
  init(options: Options, logger: Logger) throws {
    self.options = options
    self.logger = logger
    (courier, patience) = try Self.courier(options)
    lock = try DatabaseLock(database: options.database)
    store = try SQLiteStore(path: options.database)
    context = FleetContext(
      store: store, queue: CommitQueue(store: store), clock: SystemClock(), settings: options.settings,
      services: SystemServices.load(), timeZones: TimeZoneCache { try ZoneFiles.octets(of: $0) })
    scans = ScanService(context: context, resolver: SystemResolver())
    router = CoordinatorRouter(version: ProgramVersion.text, context: context, scans: scans, courier: courier)
  }

  private static func courier(_ options: Options) throws -> (ReceiverCourier, DeliveryPatience) {
    do {
      let policy = try DeliveryPolicyFile.load(options.deliveries)
      let http = try HTTPClient(.init(caFile: policy.caFile, userAgent: "periplus/\(ProgramVersion.text)"))
      // Threads of its own: names of schedules hold up no delivery.
      let names = SystemResolver()
      let courier = ReceiverCourier(
        policy: policy, http: http, resolve: { await names.addresses(of: [$0]).resolved[$0] ?? [] },
        now: { SystemClock().now })
      return (courier, policy.patience)
    } catch let error as DeliveryPolicyFile.Failure {
      throw StartError(error.description)
    } catch let error as Curl.HTTPError {
      throw StartError("deliveries: \(error)")
    }
  }

  /// Serves until one of the signals comes or `end` fires; then finishes what has been asked for.
  ///
  /// `onRunning` is called with the address once the network listener takes requests. Throws a `StartError` for an
  /// address or socket that cannot be had.
  func run(
    stoppingOn signals: [UnixSignal], orAfter end: Signal = Signal(),
    onRunning: @escaping @Sendable (ListenAddress) async -> Void
  ) async throws {
    let network = Application(
      responder: ApartResponder(router.router(operators: .token).buildResponder()), server: try httpServer(),
      configuration: .init(
        address: .hostname(options.listen.address.description, port: Int(options.listen.port)),
        serverName: "periplus"),
      onServerRunning: { channel in
        let port = channel.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? options.listen.port
        await onRunning(ListenAddress(address: options.listen.address, port: port))
      }, logger: logger)
    try options.listen.demandFree()
    try SocketPlace.prepare(options.socket)
    let local = Application(
      responder: ApartResponder(router.router(operators: .everybody).buildResponder()),
      configuration: .init(address: .unixDomainSocket(path: options.socket), serverName: "periplus"), logger: logger)
    // Stopped from last to first: waits end, listeners finish their requests, then the queue what those have asked for.
    let purge = options.keptHistory.map { kept in
      ServiceGroupConfiguration.ServiceConfiguration(service: HistoryPurge(context: context, kept: kept))
    }
    let group = ServiceGroup(
      configuration: .init(
        services: [
          .init(service: context.queue), .init(service: LeaseReaper(context: context)),
        ] + [purge].compactMap(\.self) + [
          .init(service: CountRollup(context: context)),
          .init(service: RecordPurge(context: context, kept: options.keptRecords)),
          .init(service: DeliveryLanes(context: context, courier: courier, patience: patience)),
          .init(service: AlertRounds(context: context)),
          .init(service: ScheduleClock(context: context, scans: scans)), .init(service: local),
          .init(service: network), .init(service: WaitEnder(context: context)),
          .init(service: EndWatch(end: end), successTerminationBehavior: .gracefullyShutdownGroup),
        ], gracefulShutdownSignals: signals, logger: logger))
    defer { unlink(options.socket) }
    do {
      try await group.run()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw options.listen.inUse
    } catch let error as IOError {
      throw StartError(
        "cannot listen on \(options.listen) or \(options.socket): \(String(cString: strerror(error.errnoCode)))")
    }
    try store.close()
  }

  private func httpServer() throws -> HTTPServerBuilder {
    let http = HTTPServerBuilder.http1(configuration: .init(additionalChannelHandlers: [PeerWatch()]))
    guard let certificate = options.certificate, let key = options.key else { return http }
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(certificate)
      let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
      // The library begins at 1.0; 1.0 and 1.1 must not be spoken any more (RFC 8996).
      configuration.minimumTLSVersion = .tlsv12
      return try .tls(http, tlsConfiguration: configuration)
    } catch {
      throw StartError("the certificate \(certificate) and key \(key) cannot be used: \(error)")
    }
  }
}

/// Ends the group of services when a signal of ours fires.
private struct EndWatch: Service {
  let end: Signal

  func run() async throws {
    await withGracefulShutdownHandler {
      while end.count == 0, !end.isClosed, !Task.isCancelled { await end.wait(after: 0, upTo: .seconds(3_600)) }
    } onGracefulShutdown: {
      end.close()
    }
  }
}

/// Ends every open wait when the coordinator stops, so that listeners need not wait for them.
private struct WaitEnder: Service {
  let context: FleetContext

  func run() async throws {
    try? await gracefulShutdown()
    context.endWaits()
  }
}
