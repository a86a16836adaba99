import Model

/// Who holds a listening socket, by what stays the same while processes fork, restart and are upgraded.
extension ListenerContent {
  /// Whether anything about the owner differs that the past should tell.
  package func isOwnedDifferently(than other: ListenerContent) -> Bool {
    programs != other.programs || (user, unit, container) != (other.user, other.unit, other.container)
      || isIPv6Only != other.isIPv6Only
  }

  /// Whether another program took over: none of those before is left, or they run as somebody else, or elsewhere. Where the
  /// owner could not be read nothing is told.
  package func tellsOtherOwner(than other: ListenerContent) -> Bool {
    guard !processes.isEmpty, !other.processes.isEmpty else { return false }
    if programs.isDisjoint(with: other.programs) || container != other.container { return true }
    guard let user, let before = other.user else { return false }
    return user != before
  }

  /// On one line, as changes tell it: `nginx (www-data, nginx.service)`.
  package var ownerSummary: String {
    let names = Set(processes.map(\.name)).sorted().joined(separator: ", ")
    let details = [user, unit, container].compactMap(\.self)
    return details.isEmpty ? names : "\(names) (\(details.joined(separator: ", ")))"
  }

  /// Executables, or names where those could not be read. An upgrade leaves ` (deleted)` behind a running program's path
  /// (proc(5)).
  private var programs: Set<String> {
    Set(
      processes.map { process in
        guard let path = process.executable else { return process.name }
        return path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path
      })
  }
}

extension ListenerRecord {
  /// Whether the past should tell of it. Programs that ask the domain name system bind a UDP port of the ephemeral range for
  /// each question; one that a single inventory met is not worth a row for ever.
  package var isWorthKeeping: Bool {
    key.transport != .udp || key.port.rawValue < Self.firstEphemeralPort || firstSeen != lastSeen
  }

  /// Linux's default of `ip_local_port_range` (ip(7)).
  static let firstEphemeralPort: UInt16 = 32_768
}

extension ProtocolPort {
  /// Whether programs are given such a port for each of their questions.
  package var isEphemeralUDP: Bool { transport == .udp && port.rawValue >= ListenerRecord.firstEphemeralPort }
}
