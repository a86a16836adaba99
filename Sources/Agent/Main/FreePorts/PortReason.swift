internal import FreePorts
internal import LinuxSystem
internal import Listing
internal import Model
internal import SocketFilter
internal import SocketInventory

/// What is said of a span of ports.
struct PortReason {
  private let survey: PortSurvey
  private let span: PortSurvey.Span

  /// The sockets that several processes can share the port by.
  let group: ReuseGroup?

  /// The most processes that are named.
  private static let namedProcesses = 3

  init(survey: PortSurvey, span: PortSurvey.Span) {
    self.survey = survey
    self.span = span
    group = ReuseGroup(
      span.finding.sockets.lazy.compactMap {
        survey.snapshot.internetSocket(survey.snapshot.number(at: $0))
      }, user: { survey.snapshot.user(of: $0) })
  }

  /// Why a port cannot be bound, or should not; nil for a free one.
  var reason: String? {
    switch span.finding.status {
    case .free: nil
    case .inUse: "in use by \(owner)"
    case .reserved: "reserved (net.ipv4.ip_local_reserved_ports)"
    case .privileged: "privileged (below \(survey.rules.unprivilegedStart): needs CAP_NET_BIND_SERVICE)"
    case .refused: "refused by this host (\(SystemError.text(of: span.finding.errno ?? 0)))"
    }
  }

  /// The processes of the sockets in the way, or what is known instead.
  private var owner: String {
    var names: [String] = []
    var seen: Set<Int32> = []
    for place in span.finding.sockets {
      for holder in survey.snapshot.rows[place].ownership.holders where seen.insert(holder.process.pid).inserted {
        names.append("\(holder.process.name)(\(holder.process.pid))")
      }
    }
    if !names.isEmpty {
      let rest = names.count - Self.namedProcesses
      return names.prefix(Self.namedProcesses).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
    guard let first = span.finding.sockets.first else { return "a socket that no table shows" }
    let socket = survey.snapshot.rows[first]
    guard case .unknown(let reason) = survey.snapshot.rows[first].ownership else { return "an unknown process" }
    let user = socket.user ?? socket.uid.map { "user \($0)" } ?? "nobody known"
    return switch reason {
    case .needsPrivilege: "an unknown process of \(user)"
    case .changedMeanwhile: "a process that just ended"
    case .ownerlessState, .noHolder:
      span.finding.sockets.contains { survey.snapshot.rows[$0].state == .timeWait }
        ? "a connection that has ended" : "no process"
    }
  }

  /// The sockets in the way, by state: `listening [::]:80`, `412 established`.
  var sockets: String? {
    guard let first = span.finding.sockets.first else { return nil }
    var counts: [SocketState: Int] = [:]
    for place in span.finding.sockets { counts[survey.snapshot.rows[place].state, default: 0] += 1 }
    let socket = survey.snapshot.rows[first]
    let state = socket.state
    var bytes: [UInt8] = []
    SocketTableColumn.append(socket.localAddress, socket.interface, to: &bytes)
    var words = ["\(state.rawValue) on \(String(decoding: bytes, as: UTF8.self))"]
    counts[state, default: 1] -= 1
    for (other, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where count > 0 {
      words.append("\(count) \(other == state ? "more " : "")\(other.rawValue)")
    }
    return words.joined(separator: ", ")
  }

  /// What helps whoever wants the port all the same.
  var note: String? {
    var notes: [String] = []
    if let group {
      let users = group.user ?? group.uid.map { "user \($0)" } ?? "its users"
      notes.append(
        "\(group.option ?? "SO_REUSEPORT or SO_REUSEADDR") group of \(group.count): \(users) may join")
    }
    let states = Set(span.finding.sockets.map { survey.snapshot.rows[$0].state })
    if states == [.timeWait] {
      let left = span.finding.sockets.compactMap { survey.snapshot.rows[$0].timerMilliseconds }.max() ?? 0
      notes.append("\(left / 1000 + 1) s more; not in the way of SO_REUSEADDR")
    }
    if span.finding.isPrivileged, span.finding.status != .privileged { notes.append("privileged") }
    if span.finding.isReserved, span.finding.status != .reserved { notes.append("reserved") }
    if span.finding.isEphemeral { notes.append("ephemeral") }
    return notes.isEmpty ? nil : notes.joined(separator: "; ")
  }

  /// Whether nobody waits for peers here: the port is a connection's.
  var isConnectionOnly: Bool {
    span.finding.status == .inUse && !span.finding.sockets.isEmpty
      && !span.finding.sockets.contains { place in
        [.listening, .unconnected, .boundInactive].contains(survey.snapshot.rows[place].state)
      }
  }
}
