internal import ArgumentParser
internal import Glibc
internal import LinuxSystem
internal import Listing
internal import LocalSystem
internal import Model
internal import ScanReporting

/// The reports that a command line asks for, with their files open.
struct ScanReports {
  private(set) var files: [ReportFile] = []
  private(set) var rows: [any RowOutput] = []
  private(set) var hosts: [any HostOutput] = []

  /// Whether standard output gets lines while the scan goes on.
  private(set) var streamsToStandardOutput = false

  /// What a report says of its scan.
  struct Subject {
    var options: ScanOutputOptions
    var nmap: NmapReport.Options

    /// Whether rows are hosts: with `-sn` and `-sL`.
    var hasHostRows: Bool
  }

  /// Opens the files of a scan that probes.
  ///
  /// - Throws: `CommandFailure`: two outputs in one place, or a file that cannot be opened.
  init(_ plan: ScanPlan, services: ServiceNames) throws(CommandFailure) {
    let options = plan.scan.outputOptions
    let scan = NmapScan(
      version: PeriplusAgent.configuration.version, commandLine: PeriplusAgent.commandLine,
      startedAt: plan.startedAt, kind: plan.scan.hostsAlone ? .hosts : .ports(plan.ports),
      verbosity: options.verbosity, showReason: options.showReason)
    try self.init(
      Subject(
        options: options,
        nmap: NmapReport.Options(
          scan: scan, onlyOpen: options.onlyOpen, discovery: plan.discovery, userNames: plan.names, services: services),
        hasHostRows: plan.scan.hostsAlone))
  }

  /// - Throws: `CommandFailure`: two outputs in one place, or a file that cannot be opened.
  init(_ subject: Subject) throws(CommandFailure) {
    let destinations = try subject.options.destinations()
    do throws(SystemError) {
      if !destinations.contains(where: { $0.path == ReportFile.standardOutput }) {
        let file = try ReportFile(ReportFile.standardOutput)
        files.append(file)
        addListing(subject.options.format ?? .table, file.output, subject)
      }
      for destination in destinations {
        let file = try ReportFile(destination.path)
        files.append(file)
        if destination.path == ReportFile.standardOutput { streamsToStandardOutput = true }
        switch destination.kind {
        case .nmap(let format): hosts.append(NmapReport(format, to: file.output, subject.nmap))
        case .json: addListing(.json, file.output, subject)
        }
      }
    } catch {
      // Files that were opened before and are empty would look like reports of nothing.
      for file in files { file.discard() }
      throw .failed("cannot write a report: \(error)")
    }
  }

  private mutating func addListing(_ format: ListingFormat, _ output: BufferedOutput, _ subject: Subject) {
    let options = subject.options
    let isStandardOutput = files.last?.path == ReportFile.standardOutput
    let isStream = [.json, .ndjson, .csv].contains(format)
    if isStandardOutput, isStream { streamsToStandardOutput = true }
    if subject.hasHostRows {
      var isList = false
      if case .list = subject.nmap.scan.kind { isList = true }
      hosts.append(
        HostListing(
          format, to: output,
          HostListing.Options(
            showHeaders: !options.noHeaders, showsEveryHost: options.verbosity > 0, isListAlone: isList,
            userNames: subject.nmap.userNames)))
      return
    }
    let services = subject.nmap.services
    func rows(_ format: RowListing.Format) -> RowListing {
      RowListing(
        format, to: output, onlyOpen: options.onlyOpen, showHeaders: !options.noHeaders, names: services)
    }
    switch format {
    case .json: self.rows.append(rows(.json))
    case .ndjson: self.rows.append(rows(.ndjson))
    case .csv: self.rows.append(rows(.csv))
    case .table, .wide, .name:
      hosts.append(
        ScanTable(
          ScanTable.Options(
            format: format, showHeaders: !options.noHeaders, showReason: options.showReason,
            onlyOpen: options.onlyOpen, verbosity: options.verbosity, services: services), to: output))
    }
  }

  var haveFailed: Bool { files.contains { $0.hasFailed } }

  /// Lets readers see what was written.
  func flush() {
    for file in files { file.output.flush() }
  }

  /// Ends the files; what could not be written, nil where all could.
  func finish() -> CommandFailure? {
    let messages = files.compactMap { $0.finish() }
    guard !messages.isEmpty else { return nil }
    return .failed(messages.filter { !$0.isEmpty }.joined(separator: "; "))
  }
}
