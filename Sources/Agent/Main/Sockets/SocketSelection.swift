internal import ArgumentParser
internal import Model
internal import SocketFilter
internal import SocketInventory

/// Which sockets `sockets` was asked for.
struct SocketSelection: ParsableArguments {
  @Flag(name: .customShort("t"), help: "TCP sockets.")
  var tcp = false

  @Flag(name: .customShort("u"), help: "UDP sockets.")
  var udp = false

  @Flag(name: .customShort("w"), help: "Raw sockets.")
  var raw = false

  @Flag(name: .customShort("S"), help: "SCTP sockets, where the kernel has them.")
  var sctp = false

  @Flag(name: .customLong("udplite"), help: "UDP-Lite sockets.")
  var udplite = false

  @Flag(name: .customShort("x"), help: "Unix sockets.")
  var unix = false

  @Flag(name: .customLong("all-namespaces"), help: "Every network namespace of this host, not its own alone.")
  var allNamespaces = false

  @Flag(name: .customShort("l"), help: "Only what waits: listening TCP, unconnected UDP.")
  var listening = false

  @Flag(
    name: .customShort("B"),
    help: "TCP sockets that are bound and neither listen nor connect; with -a besides the others.")
  var boundInactive = false

  @Flag(name: .customShort("a"), help: "Sockets in every state but the one of -B.")
  var all = false

  @Flag(name: .customShort("n"), help: "Numbers instead of names: what happens anyway, but for -r.")
  var numeric = false

  @Flag(name: .customShort("P"), help: "lsof's word for ports as numbers: what happens anyway, but for -r.")
  var portNumbers = false

  @Flag(name: .customShort("p"), help: "The processes that hold each socket.")
  var processes = false

  @Flag(name: .customShort("4"), help: "IPv4 sockets.")
  var ipv4 = false

  @Flag(name: .customShort("6"), help: "IPv6 sockets.")
  var ipv6 = false

  @Flag(name: .customLong("listeners"), help: "Listening TCP and bound UDP sockets with their processes.")
  var listeners = false

  /// What stands for `-i` alone: the argument parser takes no empty value.
  static let anyAddress = "any"

  @Option(
    name: .customLong("internet"),
    help: ArgumentHelp(
      "Also -i: sockets in every state and their processes, at [46][protocol][@host][:ports] or any.",
      valueName: "address"))
  var internet: [String] = []

  @Argument(help: "States and an expression, as in ss: state established dport = :443.")
  var filter: [String] = []

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
    guard udp, !listeners, filter.first == "state", filter.count >= 2, filter[1].lowercased() == "listening" else {
      return nil
    }
    return "UDP sockets do not listen: --listeners shows the bound ones too"
  }
}
