package import Model

/// What nmap's formats say of a scan before its first host.
package struct NmapScan: Sendable {
  /// What was done with the targets.
  package enum Kind: Hashable, Sendable {
    case ports(PortSelection)
    /// `-sn`.
    case hosts
    /// `-sL`.
    case list
  }

  /// The program that tells.
  package var program: String

  /// Its version, as in `0.1.0`.
  package var version: String

  /// The command as it was typed, words joined by blanks.
  package var commandLine: String
  package var startedAt: Timestamp
  package var kind: Kind

  /// How often `-v` was given.
  package var verbosity: Int
  package var showReason: Bool

  package init(
    program: String = "periplus-agent", version: String, commandLine: String, startedAt: Timestamp, kind: Kind,
    verbosity: Int = 0, showReason: Bool = false
  ) {
    self.program = program
    self.version = version
    self.commandLine = commandLine
    self.startedAt = startedAt
    self.kind = kind
    self.verbosity = verbosity
    self.showReason = showReason
  }

  /// `scan initiated DATE as: COMMAND`.
  var initiated: String {
    "scan initiated \(NmapWords.date(startedAt)) as: \(PrintableText.escaped(commandLine))"
  }
}
