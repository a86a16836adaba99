internal import Model

/// The ports that a command line asks for, as nmap combines its options.
struct PortRequest {
  /// `-p`; nil where it is not given.
  var spec: String?

  /// `-F`.
  var isFast = false

  /// `--top-ports`; beside `-p` it chooses within that list.
  var top: Int?

  /// `--exclude-ports`.
  var excluded: String?

  var activeProtocols: Set<TransportProtocol> = [.tcp]

  /// The ports asked for; the thousand found most often where nothing is.
  ///
  /// Exclusions come first, so that `--top-ports 100` gives a hundred that are not excluded.
  /// - Parameters:
  ///   - names: the services whose names may stand for ports.
  ///   - excluding: taken instead of `excluded` where it is given.
  /// - Returns: the ports, at least one.
  /// - Throws: `CommandFailure` for what cannot be read, does not go together or leaves no port.
  func selection(names: ServiceNames, excluding: PortSelection? = nil) throws(CommandFailure) -> PortSelection {
    if isFast, spec != nil || top != nil {
      throw .usage("-F is a list of ports of its own; leave it out, or the other ports")
    }
    if let top, top < 1 { throw .usage("--top-ports takes a number over 0, not \(top)") }
    var chosen: PortSelection
    if let spec {
      chosen = try Self.parse(spec, names, activeProtocols)
    } else if isFast {
      chosen = .top(100, activeProtocols)
    } else {
      chosen = .top(top == nil ? 1000 : .max, activeProtocols)
    }
    if let excluding {
      chosen = chosen.subtracting(excluding)
    } else {
      chosen = chosen.subtracting(try Self.parse(excluded, names, activeProtocols))
    }
    if let top { chosen = chosen.top(top) }
    guard !chosen.isEmpty else { throw .failed("no port is left of those asked for") }
    return chosen
  }

  /// The ports of an expression, none for nil.
  static func parse(
    _ text: String?, _ names: ServiceNames, _ activeProtocols: Set<TransportProtocol> = [.tcp]
  ) throws(CommandFailure) -> PortSelection {
    guard let text else { return PortSelection() }
    do {
      return try PortSelection.parse(text, names: names, activeProtocols: activeProtocols) { part in
        CommandFailure.say("warning: \"\(part)\" names a port that is named before")
      }
    } catch { throw .usage(error.description) }
  }
}
