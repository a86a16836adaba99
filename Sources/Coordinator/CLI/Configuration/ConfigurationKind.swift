/// How one kind of things is written in a file. A further kind is a further value in `all`, and its list in
/// `ConfigurationDocument`; fields are called as the API calls them, but that spans are written `90m`.
struct ConfigurationKind: Sendable {
  /// The key of its list.
  let name: String
  /// Fields, at any depth, that hold numbers or true and false; all others hold text, quoted or not.
  let numbers: Set<String>
  let flags: Set<String>
  /// Fields that hold a span, by the API's name for it in seconds.
  let spans: [String: String]
  /// The order in which fields are written; others follow by name.
  let order: [String]

  init(
    _ name: String, numbers: Set<String> = [], flags: Set<String> = [], spans: [String: String] = [:],
    order: [String] = []
  ) {
    self.name = name
    self.numbers = numbers
    self.flags = flags
    self.spans = spans
    self.order = order
  }

  static let all = [
    ConfigurationKind(
      "scope", numbers: ["rate", "maximumJobs"],
      order: ["name", "action", "networks", "ports", "site", "rate", "maximumJobs", "until", "note"]),
    ConfigurationKind(
      "blackouts", spans: ["duration": "durationSeconds"],
      order: ["name", "cron", "timeZone", "duration", "from", "to", "site", "zone", "networks", "note"]),
    ConfigurationKind(
      "schedules",
      numbers: ["timing", "rate", "ratePerAgent", "ratePerHost", "priority", "maximumJobs"],
      flags: ["isPaused", "identifies", "looksUpNames", "isConfirmed", "ignoresBlackouts"],
      spans: [
        "catchUp": "catchUpSeconds", "jitter": "jitterSeconds", "maximumDuration": "maximumSeconds",
      ],
      order: [
        "name", "cron", "timeZone", "overlap", "onBlackout", "catchUp", "jitter", "expiresAt", "isPaused", "note",
        "scan", "targets", "exclusions", "ports", "excludedPorts", "transports", "identifies", "looksUpNames",
        "site", "zones",
      ]),
    ConfigurationKind(
      "receivers", spans: ["active": "activeSeconds"],
      order: ["name", "kind", "url", "from", "to", "user", "command", "active", "secrets", "token", "password", "note"]),
    ConfigurationKind(
      "alerts", numbers: ["certificateDays"], flags: ["isPaused"],
      spans: ["wait": "waitSeconds", "digest": "digestSeconds"],
      order: [
        "name", "kinds", "query", "receivers", "site", "severity", "grouping", "wait", "digest", "quietHours",
        "certificateDays", "isPaused",
      ]),
    ConfigurationKind(
      "expectations", flags: ["required"],
      order: ["name", "hosts", "ports", "processes", "users", "exposure", "required", "site", "note"]),
  ]
}
