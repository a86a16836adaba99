internal import Model
internal import Wire

/// Who listens at an endpoint, in one line.
enum OwnerText {
  /// `nginx (pid 9, user root)`, a server's many workers with their number; nil where nobody is known to listen.
  static func line(_ row: PortRow) -> String? {
    processes(row).map { "\($0.names) (\($0.pids)\(users(row).map { ", user \($0)" } ?? ""))" }
  }

  /// Their command names, each once, and the pid of the first.
  static func processes(_ row: PortRow) -> (names: String, pids: String)? {
    guard let first = row.processes.first else { return nil }
    let others = row.processes.count - 1
    let names = Set(row.processes.map(\.name)).sorted().joined(separator: ",")
    return (names, "pid \(first.pid)\(others > 0 ? " and \(others) more" : "")")
  }

  static func users(_ row: PortRow) -> String? {
    let users = Set(row.processes.compactMap(\.user)).sorted()
    return users.isEmpty ? nil : users.joined(separator: ",")
  }
}
