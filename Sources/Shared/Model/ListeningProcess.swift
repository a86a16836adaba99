/// A process that holds a socket, as read from `/proc` (proc(5)).
package struct ListeningProcess: Hashable, Sendable, Codable {
  package var pid: Int32
  /// The kernel's command name, at most 15 octets (`/proc/PID/comm`).
  package var name: String
  /// The executable's path; absent where permission to read it is missing.
  package var executable: String?
  package var user: String?
  /// When the process started; with the pid it names one process for ever.
  package var startTime: Timestamp?
  /// The process that it belongs to; absent where an older agent told.
  package var parentPid: Int32?
  /// Its arguments joined by blanks, without secrets; absent where permission to read them is missing.
  package var commandLine: String?

  package init(
    pid: Int32, name: String, executable: String? = nil, user: String? = nil, startTime: Timestamp? = nil,
    parentPid: Int32? = nil, commandLine: String? = nil
  ) {
    self.pid = pid
    self.name = name
    self.executable = executable
    self.user = user
    self.startTime = startTime
    self.parentPid = parentPid
    self.commandLine = commandLine
  }
}
