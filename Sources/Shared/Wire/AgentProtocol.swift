/// The conversation between agents and a coordinator, and the operator's API: versions and paths.
package enum AgentProtocol {
  /// The version that this build speaks, as in the path; another one cannot be spoken with.
  package static let version = 1

  /// Grows with each addition. Both sides say theirs and use what both know; the minor version before still works.
  ///
  /// 0: enrol, clock, leases, renew, chunks, finish, inventory. 1: hello, the express slot, the run's header. 2: UDP and
  /// identification in jobs. 3: names of hosts in jobs. 4: numbers of requests for work. 5: what became of
  /// echoes to hosts in jobs.
  package static let minorVersion = 5

  /// Names this run of the agent, in every request after its first `hello`.
  package static let runHeader = "Periplus-Run"

  package static let basePath = "/agent/v1"
}

package enum OperatorAPI {
  package static let basePath = "/api/v1"

  /// Where `periplus serve` listens unless told otherwise; unassigned in IANA's registry.
  package static let defaultPort = 7433
}

/// Bounds on what is sent; both sides hold them.
package enum WireLimits {
  /// Sightings and state ranges together in one chunk (DESIGN section 5).
  package static let rowsPerChunk = 5_000
  package static let listenersPerInventory = 20_000
  package static let addressesPerInventory = 4_096
  package static let peerNetworks = 200
  /// Octets of a process's command line; an agent cuts longer ones.
  package static let commandLineBytes = 1_024
  /// Octets of any text of a `ServiceFacts`: 256 octets from the wire, each written as `\xHH`.
  package static let serviceTextBytes = 1_024
  /// Alternative names of a certificate.
  package static let certificateNames = 64
  /// Octets of all texts of the services in one chunk, the first of them left out of account.
  package static let serviceBytesPerChunk = 4 << 20
  /// Octets of a request body as received.
  package static let bodyBytes = 8 << 20
  /// Octets of a gzip body once inflated.
  package static let inflatedBodyBytes = 32 << 20
  /// Octets of a target, exclusion or port expression list.
  package static let expressionBytes = 1 << 20
  /// Characters of a name, note or tag.
  package static let nameCharacters = 200
  package static let pageRows = 1_000
  /// Bounds what a request for work or a renewal may ask to be kept open.
  package static let longestWaitMilliseconds = 60_000
}
