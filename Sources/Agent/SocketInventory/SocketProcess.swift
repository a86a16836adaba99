/// A process that holds a socket.
package struct SocketProcess: Hashable, Sendable, Codable {
  package let pid: Int32
  package let parentPid: Int32

  /// The kernel's short name of it: at most 15 bytes, and the process may choose it (proc_pid_comm(5)).
  package let name: String

  /// The path of its executable; nil where it could not be read or a kernel thread has none.
  package let executable: String?

  /// Its arguments joined by blanks, cut at 4,096 bytes, without secrets (`CommandLineRedaction`); nil where it could not be read or is empty.
  package let commandLine: String?

  /// Its effective user id.
  package let uid: UInt32

  /// That user's name; nil where the system knows none.
  package let user: String?

  /// When it started: milliseconds since 1970, UTC; exact to the clock tick (10 ms) within one boot.
  package let startTime: Int64

  /// The systemd unit it runs in, from its control group: `nginx.service`, `session-3.scope`.
  package let unit: String?

  /// The container it runs in, by the id or name that its runtime gave its control group; nil for none.
  package let container: String?
}
