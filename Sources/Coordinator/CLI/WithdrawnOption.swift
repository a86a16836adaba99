internal import ArgumentParser
internal import Wire

/// What `schedules edit` can take away again; each is a flag `--no-…`, called as the option that says it.
enum WithdrawnOption: String, EnumerableFlag {
  case exclude, ports, excludePorts, udp, identify, names, zone, timing, rate, ratePerAgent, ratePerHost, priority,
    maxJobs
  case agent, tag, maxDuration, note, ignoreBlackouts, overlap, onBlackout, catchUp, jitter, expires, scheduleNote

  static func name(for value: WithdrawnOption) -> NameSpecification { .customLong("no-" + value.words) }

  static func help(for value: WithdrawnOption) -> ArgumentHelp? {
    ArgumentHelp("Without --\(value.words).", visibility: .hidden)
  }

  /// `rate-per-agent` for `ratePerAgent`.
  private var words: String {
    String(rawValue.flatMap { $0.isUppercase ? ["-", Character($0.lowercased())] : [$0] })
  }

  func withdraw(from schedule: inout ScheduleSubmission) {
    switch self {
    case .exclude: schedule.scan.exclusions = nil
    case .ports: schedule.scan.ports = nil
    case .excludePorts: schedule.scan.excludedPorts = nil
    case .udp: schedule.scan.transports = nil
    case .identify: schedule.scan.identifies = nil
    case .names: schedule.scan.looksUpNames = nil
    case .zone: schedule.scan.zones = nil
    case .timing: schedule.scan.timing = nil
    case .rate: schedule.scan.rate = nil
    case .ratePerAgent: schedule.scan.ratePerAgent = nil
    case .ratePerHost: schedule.scan.ratePerHost = nil
    case .priority: schedule.scan.priority = nil
    case .maxJobs: schedule.scan.maximumJobs = nil
    case .agent: schedule.scan.agents = nil
    case .tag: schedule.scan.tags = nil
    case .maxDuration: schedule.scan.maximumSeconds = nil
    case .note: schedule.scan.note = nil
    case .ignoreBlackouts: schedule.scan.ignoresBlackouts = nil
    case .overlap: schedule.overlap = nil
    case .onBlackout: schedule.onBlackout = nil
    case .catchUp: schedule.catchUpSeconds = nil
    case .jitter: schedule.jitterSeconds = nil
    case .expires: schedule.expiresAt = nil
    case .scheduleNote: schedule.note = nil
    }
  }
}
