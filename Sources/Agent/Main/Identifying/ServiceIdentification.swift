internal import Identification
internal import LinuxSystem
internal import ScanEngine

/// Identifies the open endpoints of a scan while the scan goes on.
struct ServiceIdentification: Sendable {
  private let identifier: ServiceIdentifier

  /// Connections at once are no more than the scan's own probes may be; the user's rates bind those alone.
  ///
  /// - Throws: `SystemError` where the system refuses what identification needs.
  static func start(_ pace: ScanPace) throws(SystemError) -> ServiceIdentification {
    ServiceIdentification(identifier: try ServiceIdentifier(configuration(pace)))
  }

  /// For a job, whose rates bind what asks too.
  ///
  /// - Throws: as `start(_:)` of a scan's pace.
  static func start(_ pace: DividedPace) throws(SystemError) -> ServiceIdentification {
    var configuration = configuration(pace.probing)
    configuration.connectionInterval = pace.askingInterval
    configuration.connectionIntervalPerHost = pace.askingIntervalPerHost
    return ServiceIdentification(identifier: try ServiceIdentifier(configuration))
  }

  static func configuration(_ pace: ScanPace) -> ServiceIdentifier.Configuration {
    var result = ServiceIdentifier.Configuration()
    result.connections = min(result.connections, pace.maxInFlight)
    result.connectionsPerHost = min(result.connectionsPerHost, pace.maxInFlightPerHost, result.connections)
    result.connectionsToLoopback = min(result.connectionsToLoopback, result.connections)
    result.connectionsPerEndpoint = min(result.connectionsPerEndpoint, result.connectionsPerHost)
    return result
  }

  /// The run with what its open endpoints are.
  func identified(_ run: ScanRun, isAllowed: @escaping IdentifiedRun.Permission) -> IdentifiedRun {
    IdentifiedRun(run, identifier, isAllowed: isAllowed)
  }

  /// Ends what is being asked and whatever would be; those endpoints are reported without an identity.
  func cancelAll() { identifier.cancelAll() }

  /// Blocks for at most one turn of the identifier's thread.
  func shutdown() { identifier.shutdown() }
}
