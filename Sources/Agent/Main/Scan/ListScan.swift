internal import ArgumentParser
internal import Glibc
internal import LinuxSystem
internal import Listing
internal import Model
internal import ScanEngine
internal import ScanReporting
internal import Synchronization

/// `scan -sL`: the targets, one by one, with their names where those are asked for; nothing is sent to them.
@MainActor
struct ListScan {
  let scan: Scan
  let services: ServiceNames

  /// Addresses whose names are looked up together: as many as the lookups take, and in order.
  private static let portion: UInt128 = 256

  /// - Throws: `CommandFailure`.
  func run() async throws {
    let chosen = try scan.targetOptions.chosen()
    guard !chosen.wanted.isEmpty else {
      throw CommandFailure.usage("no target: name an address, a network or a host, or a file with -iL")
    }
    let space: TargetSpace
    do { space = try TargetSpace(chosen.wanted.subtracting(chosen.excluded)) } catch {
      throw CommandFailure.usage(error.description)
    }
    guard space.count > 0 else { throw CommandFailure.failed("the exclusions leave no address") }
    let interruption = ScanSession.Interruption()
    let watch: SignalWatch
    do throws(SystemError) {
      watch = try SignalWatch([SIGINT, SIGTERM]) { _ in interruption.hasHappened.store(true, ordering: .releasing) }
    } catch { throw CommandFailure.failed(error.description) }
    let clock = ClockAnchor()
    let startedAt = clock.now
    let options = scan.outputOptions
    let nmap = NmapScan(
      version: PeriplusAgent.configuration.version, commandLine: PeriplusAgent.commandLine,
      startedAt: startedAt, kind: .list, verbosity: options.verbosity, showReason: options.showReason)
    let reports = try ScanReports(
      ScanReports.Subject(
        options: options,
        nmap: NmapReport.Options(
          scan: nmap, onlyOpen: false, discovery: .off, userNames: chosen.names, services: services),
        hasHostRows: true))
    for output in reports.hosts { output.begin() }
    let names = scan.lookUpNames ? NameLookups() : nil
    var index: UInt128 = 0
    while index < space.count, !reports.haveFailed, !interruption.hasHappened.load(ordering: .acquiring) {
      let portion = index..<min(space.count, index + Self.portion)
      let hosts = portion.map { space.host(at: $0) }
      let found = await lookUp(hosts, by: names)
      for host in hosts {
        var result = HostResult(host: host)
        result.name = found[host]
        for output in reports.hosts { output.add(result) }
      }
      index = portion.upperBound
    }
    let wasInterrupted = interruption.hasHappened.load(ordering: .acquiring)
    withExtendedLifetime(watch) {}
    let ending = ScanEnding(
      startedAt: startedAt, endedAt: clock.now, hosts: index, hostsUp: 0,
      failure: wasInterrupted ? "interrupted" : nil)
    for output in reports.hosts { output.end(ending) }
    if let failure = reports.finish() { throw failure }
    if wasInterrupted { throw CommandFailure(message: "interrupted; the rest is not listed", exitCode: 130) }
  }

  private func lookUp(_ hosts: [HostAddress], by names: NameLookups?) async -> [HostAddress: String] {
    guard let names else { return [:] }
    for host in hosts { _ = names.ask(host) }
    var found: [HostAddress: String] = [:]
    while names.isBusy {
      for answer in names.takeAnswers() { found[answer.host] = answer.answer.name }
      if names.isBusy { try? await Task.sleep(for: .milliseconds(2)) }
    }
    return found
  }
}
