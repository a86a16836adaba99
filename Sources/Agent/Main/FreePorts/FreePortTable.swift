internal import FreePorts
internal import Listing
internal import Model

/// A survey of ports for people: free ones in a few lines, and a table of the others.
struct FreePortTable {
  static let columns = [
    ListingColumn("protocol", title: "PROTO"),
    ListingColumn("ports", title: "PORTS"),
    ListingColumn("reason", title: "WHY"),
    ListingColumn("sockets", title: "SOCKETS", dropPriority: 2),
    ListingColumn("note", title: "NOTE", dropPriority: 1),
  ]

  /// The most ranges that a line or cell names where not all are asked for.
  private static let namedRanges = 8

  let summary: [String]
  private(set) var rows: [[ListingValue]] = []

  init(survey: PortSurvey, isWhole: Bool) {
    let groups = Dictionary(grouping: survey.spans, by: \.transport)
    summary = groups.sorted { $0.key < $1.key }.flatMap { Self.lines($0.key, $0.value, survey, isWhole: isWhole) }
    for (_, spans) in groups.sorted(by: { $0.key < $1.key }) { append(spans, survey, isWhole: isWhole) }
  }

  /// `8000-8100`, or one port.
  static func text(_ ports: ClosedRange<UInt16>) -> String {
    ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
  }

  private static func lines(
    _ transport: TransportProtocol, _ spans: [PortSurvey.Span], _ survey: PortSurvey, isWhole: Bool
  ) -> [String] {
    let free = PortSet(spans.filter { $0.finding.status == .free }.map(\.ports))
    let total = spans.reduce(0) { $0 + $1.ports.count }
    var lines = ["\(transport.rawValue): \(free.count) of \(total) ports are free"]
    if free.count > 0 { lines[0] += ": \(isWhole ? free.description : list(free))" }
    let ephemeral = free.intersection(PortSet([survey.rules.ephemeral])).count
    if ephemeral > 0 {
      lines.append(
        "     \(ephemeral) of them are ephemeral (\(text(survey.rules.ephemeral))): an outgoing connection may take one"
          + " at any time")
    }
    return lines
  }

  /// The first ranges, and how many more there are.
  private static func list(_ ports: PortSet) -> String {
    let rest = ports.ranges.count - namedRanges
    guard rest > 0 else { return ports.description }
    return ports.ranges.prefix(namedRanges).map(text).joined(separator: ",") + " and \(rest) more ranges"
  }

  /// Ports of which the same is said, but for those where somebody waits, share a row.
  private mutating func append(_ spans: [PortSurvey.Span], _ survey: PortSurvey, isWhole: Bool) {
    struct Key: Hashable {
      let reason: String
      let note: String?
    }
    struct Row {
      let reason: String
      let sockets: String?
      let note: String?
      var ports: [ClosedRange<UInt16>]
    }
    var gathered: [Row] = []
    var places: [Key: Int] = [:]
    for span in spans where isWhole || span.finding.status != .free {
      let words = PortReason(survey: survey, span: span)
      let reason = words.reason ?? "free"
      let isShared = !isWhole && (span.finding.status != .inUse || words.isConnectionOnly)
      let timeWait = words.isConnectionOnly && isShared
      let key = Key(reason: reason, note: timeWait ? nil : words.note)
      if isShared, let place = places[key] {
        gathered[place].ports.append(span.ports)
        continue
      }
      if isShared { places[key] = gathered.count }
      gathered.append(Row(reason: reason, sockets: words.sockets, note: words.note, ports: [span.ports]))
    }
    guard let transport = spans.first?.transport else { return }
    rows += gathered.map { row in
      let ports = PortSet(row.ports)
      // Of many connections one stands for all.
      let sockets = row.ports.count > 1 && row.sockets != nil ? "\(ports.count) ports of connections" : row.sockets
      return [
        .text(transport.rawValue), .text(isWhole ? ports.description : Self.list(ports)), .text(row.reason),
        .text(ifPresent: sockets), .text(ifPresent: row.note),
      ]
    }
  }
}
