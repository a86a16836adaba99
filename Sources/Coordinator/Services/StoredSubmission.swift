internal import CoordinatorCore
internal import FoundationEssentials
internal import Model

/// A submission as a schedule keeps it: JSON in which what was not said is absent, so that later versions can add fields.
struct StoredSubmission: Codable {
  private var targets: [String]
  private var exclusions: [String]?
  private var ports: String?
  private var excludedPorts: String?
  private var transports: [TransportProtocol]?
  private var identifies: Bool?
  private var looksUpNames: Bool?
  private var zones: [String]?
  private var timing: Int?
  private var rate: Int?
  private var ratePerAgent: Int?
  private var ratePerHost: Int?
  private var priority: Int?
  private var maximumJobs: Int?
  private var agents: [String]?
  private var tags: [String]?
  private var maximumSeconds: Int64?
  private var note: String?
  private var ignoresBlackouts: Bool?
  private var isConfirmed: Bool?

  /// Equal submissions are equal texts. Its site and name are the schedule's own.
  static func text(of submission: ScanService.Submission) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(StoredSubmission(submission)), as: UTF8.self)
  }

  /// Throws a `StoreError` for text that this did not write.
  static func read(_ text: String) throws -> ScanService.Submission {
    do {
      return try JSONDecoder().decode(StoredSubmission.self, from: Data(text.utf8)).submission
    } catch {
      throw StoreError(.failed, "the database holds an unreadable request of a schedule")
    }
  }

  private init(_ submission: ScanService.Submission) {
    targets = submission.targets
    exclusions = submission.exclusions.isEmpty ? nil : submission.exclusions
    ports = submission.ports
    excludedPorts = submission.excludedPorts
    transports =
      submission.transports == [.tcp] ? nil : submission.transports.sorted { $0.rawValue < $1.rawValue }
    identifies = submission.identifies ? true : nil
    looksUpNames = submission.looksUpNames ? true : nil
    zones = submission.zones.isEmpty || submission.zones == ["any"] ? nil : submission.zones
    timing = submission.timing
    rate = submission.rate
    ratePerAgent = submission.ratePerAgent
    ratePerHost = submission.ratePerHost
    priority = submission.priority == 0 ? nil : submission.priority
    maximumJobs = submission.maximumJobs
    agents = submission.agents.isEmpty ? nil : submission.agents
    tags = submission.tags.isEmpty ? nil : submission.tags
    maximumSeconds = submission.maximumDuration?.components.seconds
    note = submission.note
    ignoresBlackouts = submission.ignoresBlackouts ? true : nil
    isConfirmed = submission.isConfirmed ? true : nil
  }

  private var submission: ScanService.Submission {
    var submission = ScanService.Submission(targets: targets)
    submission.exclusions = exclusions ?? []
    submission.ports = ports
    submission.excludedPorts = excludedPorts
    submission.transports = transports.map(Set.init) ?? [.tcp]
    submission.identifies = identifies ?? false
    submission.looksUpNames = looksUpNames ?? false
    submission.zones = zones ?? []
    submission.timing = timing
    submission.rate = rate
    submission.ratePerAgent = ratePerAgent
    submission.ratePerHost = ratePerHost
    submission.priority = priority ?? 0
    submission.maximumJobs = maximumJobs
    submission.agents = agents ?? []
    submission.tags = tags ?? []
    submission.maximumDuration = maximumSeconds.map { .seconds($0) }
    submission.note = note
    submission.ignoresBlackouts = ignoresBlackouts ?? false
    submission.isConfirmed = isConfirmed ?? false
    return submission
  }
}
