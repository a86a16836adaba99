internal import ArgumentParser

/// Options of `sockets` that say which sockets.
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

  @Option(
    name: .customLong("internet"),
    help: ArgumentHelp(
      "Also -i: sockets in every state and their processes, at [46][protocol][@host][:ports] or any.",
      valueName: "address"))
  var internet: [String] = []

  @Argument(help: "States and an expression, as in ss: state established dport = :443.")
  var filter: [String] = []

  /// What was asked for, without `-n` and `-P`, which change nothing.
  var choice: SocketChoice {
    SocketChoice(
      tcp: tcp, udp: udp, raw: raw, sctp: sctp, udplite: udplite, unix: unix, allNamespaces: allNamespaces,
      listening: listening, boundInactive: boundInactive, all: all, processes: processes, ipv4: ipv4, ipv6: ipv6,
      listeners: listeners, internet: internet, filter: filter)
  }
}
