internal import FoundationEssentials
internal import Model
internal import ScanEngine

extension JournalRecord {
  /// The record as words between blanks, first what it is; never a line break.
  ///
  /// Numbers are decimal, `-` stands for nothing; intervals are their ends, both included.
  package var text: String {
    switch self {
    case .run(let rectangle, let outcome, let isSelf):
      return "run \(Self.text(rectangle.hosts)) \(rectangle.ports.lowerBound) \(rectangle.ports.upperBound - 1) "
        + "\(outcome.state.rawValue) \(outcome.reason.rawValue) \(Self.text(isSelf)) "
        + Self.text(outcome.icmp)
    case .open(let open):
      return "open \(open.host) \(open.port) \(open.reason.rawValue) \(Self.text(open.isSelf)) "
        + "\(open.roundTripMicroseconds.map { String($0) } ?? "-") \(Self.text(open.identity))"
    case .hosts(let hosts, let summary):
      let times = summary.roundTrip.map { "\($0.smoothed) \($0.variation) \($0.timeout)" } ?? "- - -"
      return "hosts \(Self.text(hosts)) \(summary.presence.rawValue) \(summary.reason.rawValue) "
        + "\(summary.ending.rawValue) \(Self.text(summary.isSelf)) \(times) "
        + "\(summary.startedAt.milliseconds) \(summary.endedAt.milliseconds)"
    case .excludedAddresses(let addresses): return "exclude \(addresses)"
    case .excludedPorts(let ports): return "exclude-ports \(ports)"
    case .resumed(let time): return "resumed \(time.milliseconds)"
    case .interrupted(let time): return "interrupted \(time.milliseconds)"
    case .finished(let time): return "finished \(time.milliseconds)"
    }
  }

  /// Reads what `text` writes; nil for anything else.
  package init?(_ text: String) {
    // The identity's JSON, which comes last, may hold blanks.
    let words = text.split(separator: " ", maxSplits: 12, omittingEmptySubsequences: false)
    let kind = words.first ?? ""
    let rest = text.dropFirst(kind.count + 1)
    let record: JournalRecord? =
      switch kind {
      case "run": Self.run(words)
      case "open": Self.open(text.split(separator: " ", maxSplits: 6, omittingEmptySubsequences: false))
      case "hosts": Self.hosts(words)
      case "exclude": (try? AddressSet(rest)).map { .excludedAddresses($0) }
      case "exclude-ports":
        (try? PortSelection.parse(String(rest), names: .builtIn)).map { .excludedPorts($0) }
      case "resumed": Self.time(words).map { .resumed($0) }
      case "interrupted": Self.time(words).map { .interrupted($0) }
      case "finished": Self.time(words).map { .finished($0) }
      default: nil
      }
    guard let record else { return nil }
    self = record
  }

  private static func run(_ words: [Substring]) -> JournalRecord? {
    guard words.count == 9, let hosts = range(words[1], words[2]), let first = Int(words[3]),
      let last = Int(words[4]), 0 <= first, first <= last, last < 1 << 20,
      let state = EndpointState(rawValue: String(words[5])), let reason = ProbeReason(rawValue: String(words[6])),
      let isSelf = flag(words[7])
    else { return nil }
    let icmp = evidence(words[8])
    guard icmp != nil || words[8] == "-" else { return nil }
    return .run(
      WorkRectangle(hosts: hosts, ports: first..<(last + 1)),
      ScanOutcome(state: state, reason: reason, icmp: icmp), isSelf: isSelf)
  }

  private static func open(_ words: [Substring]) -> JournalRecord? {
    guard words.count == 7, let host = UInt128(words[1]), let port = Int(words[2]), port >= 0,
      let reason = ProbeReason(rawValue: String(words[3])), let isSelf = flag(words[4])
    else { return nil }
    let roundTrip = words[5] == "-" ? nil : Int64(words[5])
    guard roundTrip != nil || words[5] == "-" else { return nil }
    var identity: ServiceIdentity?
    if words[6] != "-" {
      guard let read = try? JSONDecoder().decode(ServiceIdentity.self, from: Data(words[6].utf8)) else { return nil }
      identity = read
    }
    return .open(
      OpenEndpoint(
        host: host, port: port, reason: reason, isSelf: isSelf, roundTripMicroseconds: roundTrip, identity: identity))
  }

  private static func hosts(_ words: [Substring]) -> JournalRecord? {
    guard words.count == 12, let hosts = range(words[1], words[2]),
      let presence = HostObservation.Presence(rawValue: String(words[3])),
      let reason = ProbeReason(rawValue: String(words[4])),
      let ending = HostObservation.Ending(rawValue: String(words[5])), let isSelf = flag(words[6]),
      let start = Int64(words[10]), let end = Int64(words[11])
    else { return nil }
    var roundTrip: HostSummary.RoundTrip?
    if words[7] != "-" {
      guard let smoothed = Int64(words[7]), let variation = Int64(words[8]), let timeout = Int64(words[9]) else {
        return nil
      }
      roundTrip = HostSummary.RoundTrip(smoothed: smoothed, variation: variation, timeout: timeout)
    }
    return .hosts(
      hosts,
      HostSummary(
        presence: presence, reason: reason, ending: ending, isSelf: isSelf, roundTrip: roundTrip,
        startedAt: Timestamp(milliseconds: start), endedAt: Timestamp(milliseconds: end)))
  }

  private static func range(_ first: Substring, _ last: Substring) -> Range<UInt128>? {
    guard let first = UInt128(first), let last = UInt128(last), first <= last, last < .max else { return nil }
    return first..<(last + 1)
  }

  private static func flag(_ word: Substring) -> Bool? { word == "self" ? true : word == "-" ? false : nil }

  private static func time(_ words: [Substring]) -> Timestamp? {
    words.count == 2 ? Int64(words[1]).map { Timestamp(milliseconds: $0) } : nil
  }

  private static func text(_ range: Range<UInt128>) -> String { "\(range.lowerBound) \(range.upperBound - 1)" }

  private static func text(_ isSelf: Bool) -> String { isSelf ? "self" : "-" }

  /// `3/13/10.0.0.254`: type, code and sender, whose family says which ICMP it is.
  private static func text(_ icmp: IcmpEvidence?) -> String {
    icmp.map { "\($0.type)/\($0.code)/\($0.sender)" } ?? "-"
  }

  private static func evidence(_ word: Substring) -> IcmpEvidence? {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, let type = UInt8(parts[0]), let code = UInt8(parts[1]), let sender = IPAddress(parts[2])
    else { return nil }
    return IcmpEvidence(family: sender.family, type: type, code: code, sender: sender)
  }

  private static func text(_ identity: ServiceIdentity?) -> String {
    // Encoding a struct of texts and numbers cannot fail, and JSON has no line break of its own.
    guard let identity, let data = try? JSONEncoder().encode(identity) else { return "-" }
    return String(decoding: data, as: UTF8.self)
  }
}

extension AddressSet {
  /// Reads a set's own description, without a single host name.
  init(_ text: some StringProtocol) throws {
    let list = try TargetList.parse(listFile: String(text))
    self = try list.addresses(resolved: [:])
  }
}
