internal import Model
internal import ScanReporting

/// How the options of a call meet those of the journal that it resumes.
enum Resumption {
  /// Options that decide what is found: given again they must be the same.
  private static var deciding: KeyValuePairs<String, WritableKeyPath<Scan, Bool>> {
    ["-sn": \.hostsAlone, "-Pn": \.skipDiscovery, "-sU": \.udpScan, "-sV": \.identifies]
  }

  /// Options that are taken over, and may be added.
  private static var adopted: KeyValuePairs<String, WritableKeyPath<Scan, Bool>> {
    ["-R": \.lookUpNames, "-r": \.ascending]
  }

  /// What a call says of a scan, for one that goes on later.
  static func journalled(_ scan: Scan) -> [String: String] {
    var options = scan.paceOptions.given.merging(scan.outputOptions.given) { first, _ in first }
    for (name, path) in deciding where scan[keyPath: path] { options[name] = "" }
    for (name, path) in adopted where scan[keyPath: path] { options[name] = "" }
    return options
  }

  /// Takes over what the earlier call was given.
  ///
  /// - Throws: `CommandFailure` naming the option that does not agree.
  static func adopt(_ plan: JournalPlan, into scan: inout Scan, services: ServiceNames) throws(CommandFailure) {
    let file = scan.resumeFile ?? ""
    for (name, path) in deciding {
      if scan[keyPath: path], plan.options[name] == nil {
        throw .usage("\(name) does not agree with the scan in \(file), which went without; leave it out")
      }
      scan[keyPath: path] = plan.options[name] != nil
    }
    for (name, path) in adopted where plan.options[name] != nil { scan[keyPath: path] = true }
    if scan.numeric { scan.lookUpNames = false }
    if scan.ports != nil || scan.fast || scan.topPorts != nil {
      // Exclusions may be added; what was chosen beside those of the first call must be the same.
      let chosen = try scan.portRequest.selection(names: services, excluding: plan.refusedPorts)
      guard chosen == plan.ports else {
        throw .usage("the ports do not agree with those of the scan in \(file); leave -p, -F and --top-ports out")
      }
    }
    scan.paceOptions.adopt(plan.options)
    scan.outputOptions.adopt(plan.options)
  }

  /// - Throws: `CommandFailure` where targets are named and are not those of the scan.
  static func check(_ chosen: TargetOptions.Chosen, against plan: JournalPlan) throws(CommandFailure) {
    guard !chosen.wanted.isEmpty else { return }
    let added = chosen.wanted.subtracting(plan.targets).subtracting(chosen.excluded)
    let missing = plan.targets.subtracting(chosen.wanted)
    guard let odd = added.ranges.first ?? missing.ranges.first else { return }
    let what = added.isEmpty ? "is among the targets of the scan, and is not named" : "was no target of the scan"
    throw .usage("the targets do not agree: \(odd) \(what); leave the targets out, the file knows them")
  }
}

extension Scan {
  /// The ports that the options ask for.
  var portRequest: PortRequest {
    PortRequest(
      spec: ports, isFast: fast, top: topPorts, excluded: excludePorts, activeProtocols: activeProtocols)
  }

  /// The protocols that ports without a letter mean: TCP, with -sU UDP, with both both.
  var activeProtocols: Set<TransportProtocol> { !udpScan ? [.tcp] : connectScan ? [.tcp, .udp] : [.udp] }

  /// What is kept of the options in a journal.
  var journalled: [String: String] { Resumption.journalled(self) }
}
