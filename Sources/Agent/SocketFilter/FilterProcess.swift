/// What an expression may ask of a process that holds a socket.
package struct FilterProcess: Hashable, Sendable {
  /// Where a process runs.
  package enum Home: Hashable, Sendable {
    case host
    /// The container's id in full, and its name where that is known.
    case container(id: String, name: String?)
    /// Nobody looked, or could.
    case unknown
  }

  package let pid: Int32
  package let name: String

  /// The systemd unit; nil for none.
  package let unit: String?
  package let home: Home

  package init(pid: Int32, name: String, unit: String? = nil, home: Home = .unknown) {
    self.pid = pid
    self.name = name
    self.unit = unit
    self.home = home
  }
}
