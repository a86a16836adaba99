internal import Model

/// The lines with which a journal begins: what it is, and the plan.
enum JournalHeader {
  /// The first line; a later form of the file has another number.
  static let magic = "periplus-scan-journal 2"

  /// The line that ends the header.
  private static let end = "plan-ends"

  /// A line holds no more than this many ranges, so that a reader needs no huge line.
  private static let rangesPerLine = 256

  static func lines(_ plan: JournalPlan) -> [String] {
    var lines = [magic, "started \(plan.startedAt.milliseconds)"]
    let ranges = plan.targets.ranges
    for start in stride(from: 0, to: ranges.count, by: rangesPerLine) {
      let part = ranges[start..<min(ranges.count, start + rangesPerLine)]
      lines.append("targets " + part.map(\.description).joined(separator: " "))
    }
    lines.append("ports \(plan.ports)")
    if !plan.refusedPorts.isEmpty { lines.append("refused-ports \(plan.refusedPorts)") }
    for (address, name) in plan.names.sorted(by: { $0.key < $1.key }) { lines.append("name \(address) \(name)") }
    for (name, value) in plan.options.sorted(by: { $0.key < $1.key }) {
      lines.append("option \(name) \(value)")
    }
    return lines + [end]
  }

  /// Collects the header line by line.
  struct Reader {
    private var ranges: [HostRange] = []
    private var ports = PortSelection()
    private var refusedPorts = PortSelection()
    private var names: [IPAddress: String] = [:]
    private var options: [String: String] = [:]
    private var startedAt = Timestamp(milliseconds: 0)

    /// The plan, when the header's last line was read.
    private(set) var plan: JournalPlan?

    /// Takes a line behind the first; false for one that does not belong into a header.
    mutating func take(_ line: String) -> Bool {
      let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      let rest = String(line.dropFirst((words.first?.count ?? 0) + 1))
      switch words.first ?? "" {
      case "started":
        guard let time = Int64(rest) else { return false }
        startedAt = Timestamp(milliseconds: time)
      case "targets":
        guard let set = try? AddressSet(rest) else { return false }
        ranges += set.ranges
      case "ports":
        guard let selection = try? PortSelection.parse(rest, names: .builtIn) else { return false }
        ports = selection
      case "refused-ports":
        guard let selection = try? PortSelection.parse(rest, names: .builtIn) else { return false }
        refusedPorts = selection
      case "name":
        guard words.count == 3, let address = IPAddress(words[1]) else { return false }
        names[address] = String(words[2])
      case "option":
        guard words.count == 3 else { return false }
        options[String(words[1])] = String(words[2])
      case JournalHeader.end:
        plan = JournalPlan(
          targets: AddressSet(ranges), ports: ports, refusedPorts: refusedPorts, names: names, options: options,
          startedAt: startedAt)
      default: return false
      }
      return true
    }
  }
}
