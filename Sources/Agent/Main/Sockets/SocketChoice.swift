internal import Model
internal import SocketFilter
internal import SocketInventory

/// Which sockets `sockets` was asked for, as the options of the same names say (`SocketSelection`).
struct SocketChoice: Equatable {
  var tcp = false
  var udp = false
  var raw = false
  var sctp = false
  var udplite = false
  var unix = false
  var allNamespaces = false
  var listening = false
  var boundInactive = false
  var all = false
  var processes = false
  var ipv4 = false
  var ipv6 = false
  var listeners = false

  /// The addresses of each `-i`, `anyAddress` for one without.
  var internet: [String] = []

  /// The words of the filter.
  var filter: [String] = []

  /// What stands for `-i` alone: the argument parser takes no empty value.
  static let anyAddress = "any"

  /// - Throws: `CommandFailure` for a filter that cannot be read, or that leaves no state.
  func query(isSummary: Bool, isCounting: Bool, showsProcesses: Bool) throws(CommandFailure) -> SocketQuery {
    if listeners, raw || unix || boundInactive || isSummary {
      throw .usage(
        "--listeners are TCP, UDP and SCTP sockets that wait for peers, one by one: leave -w, -x, -B and -s out")
    }
    let read = try read()
    var query = SocketQuery()
    query.protocols = protocols
    query.spansNamespaces = allNamespaces || read.needs.contains(.namespace)
    if ipv4 != ipv6 { query.families = ipv4 ? [.ipv4] : [.ipv6] }
    // States that are named replace those of -l and -a, as in ss. lsof's users look for sockets in every state.
    if listeners {
      query.states = .waiting.intersection(read.states ?? .waiting)
      if query.states.isEmpty { throw .usage("--listeners are listening or unconnected: no such state is left") }
    } else if let states = read.states {
      query.states = states
    } else if listening, !all {
      query.states = .waiting
    } else {
      query.states = all || isSummary || !internet.isEmpty ? .shownWithAll : boundInactive ? [] : .shownUnasked
    }
    if boundInactive { query.states.insert(.boundInactive) }
    query.includesProcesses = (processes || listeners || showsProcesses || !internet.isEmpty) && !isCounting
    query.expression = read.expression
    return query
  }

  /// TCP and UDP unless others are named.
  var protocols: Set<SocketProtocol> {
    let named: [(Bool, SocketProtocol)] = [
      (tcp, .tcp), (udp, .udp), (raw, .raw), (sctp, .sctp), (udplite, .udplite), (unix, .unix),
    ]
    let chosen = named.filter(\.0).map(\.1)
    return chosen.isEmpty ? [.tcp, .udp] : Set(chosen)
  }

  private func read() throws(CommandFailure) -> SocketFilter {
    guard !filter.isEmpty || !internet.isEmpty else { return SocketFilter() }
    let transports = protocols.compactMap { TransportProtocol(rawValue: $0.rawValue) }
    let environment = FilterEnvironment.machine(transports: Set(transports))
    do throws(ExpressionError) {
      var read = try SocketFilterParser.parse(filter, environment: environment)
      if !internet.isEmpty {
        let addresses = try InternetAddressFilter.parse(
          internet.map { $0 == Self.anyAddress ? "" : $0 }, environment: environment)
        read.expression = read.expression.map { .all([addresses, $0]) } ?? addresses
      }
      return read
    } catch {
      throw .usage("\(error)")
    }
  }

  /// Why sockets could not be judged, and what would help.
  func reasonOfUnjudged(_ query: SocketQuery, isPrivilegeMissing: Bool) -> String {
    let needs = query.expression?.needs ?? []
    var reasons: [String] = []
    if needs.contains(.owners) {
      reasons.append(
        isPrivilegeMissing
          ? "their processes are not known (\(ProcessOwnership.Reason.needsPrivilege.rawValue))"
          : "no process is known to hold them (time-wait, syn-recv, sockets of the kernel)")
    }
    if needs.contains(.mark) { reasons.append("their marks are not known (needs CAP_NET_ADMIN)") }
    let others = needs.subtracting([.owners, .mark, .processGroups, .interfaceNames])
    if reasons.isEmpty || !others.isEmpty { reasons.append("the kernel did not tell what the filter asks for") }
    return reasons.joined(separator: ", ")
  }

  /// A line for people who will miss something.
  var hint: String? {
    if all, !internet.isEmpty {
      return "-a shows sockets of every state, as ss's does; -i and a FILTER are joined by and without lsof's -a"
    }
    guard udp, !listeners, filter.first == "state", filter.count >= 2, filter[1].lowercased() == "listening" else {
      return nil
    }
    return "UDP sockets do not listen: --listeners shows the bound ones too"
  }
}
