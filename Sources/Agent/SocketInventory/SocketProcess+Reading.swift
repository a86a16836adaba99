internal import Glibc
internal import LinuxSystem

extension SocketProcess {
  /// How much of a command line is kept: the kernel allows megabytes (execve(2)).
  private static let commandLineLimit = 4096

  /// Reads what `/proc` says of a process; nil where it has ended.
  ///
  /// `directory` is `/proc/PID`, open: what is read below it never belongs to another process of the same number.
  init?(pid: Int32, directory: borrowing Descriptor, clock: ProcessClock, users: inout UserNames) {
    guard let stat = Self.text(directory, "stat").flatMap(ProcessStat.init), let status = Self.text(directory, "status")
    else { return nil }
    let uid = Self.effectiveUser(status: status) ?? UInt32.max
    self.init(
      pid: pid, parentPid: stat.parentPid, name: stat.name, executable: try? directory.linkTarget("exe"),
      commandLine: Self.commandLine(directory), uid: uid, user: users.name(of: uid),
      startTime: clock.time(ofTicks: stat.startTicks), unit: Self.text(directory, "cgroup").flatMap(Self.unit(cgroup:)))
  }

  private static func bytes(_ directory: borrowing Descriptor, _ name: String, limit: Int = 1 << 14) -> [UInt8]? {
    guard let file = try? directory.open(name, flags: O_RDONLY) else { return nil }
    return try? file.contents(limit: limit)
  }

  private static func text(_ directory: borrowing Descriptor, _ name: String) -> String? {
    bytes(directory, name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Arguments end in zero bytes (proc_pid_cmdline(5)).
  private static func commandLine(_ directory: borrowing Descriptor) -> String? {
    guard let bytes = bytes(directory, "cmdline", limit: commandLineLimit), !bytes.isEmpty else { return nil }
    let arguments = bytes.split(separator: 0, omittingEmptySubsequences: true)
    return arguments.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
  }

  /// The second number of `Uid:`: real, effective, saved, file system (proc_pid_status(5)).
  static func effectiveUser(status: String) -> UInt32? {
    for line in status.split(separator: "\n") where line.hasPrefix("Uid:") {
      let numbers = line.dropFirst(4).split(whereSeparator: \.isWhitespace)
      return numbers.count >= 2 ? UInt32(numbers[1]) : nil
    }
    return nil
  }

  /// The innermost systemd unit in a control group's path (systemd.unit(5)): `/system.slice/nginx.service` is
  /// `nginx.service`; slices only group units.
  static func unit(cgroup: String) -> String? {
    for line in cgroup.split(separator: "\n") {
      // hierarchy:controllers:path (cgroups(7)); systemd's own is the unified one or the one named systemd.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, fields[1].isEmpty || fields[1] == "name=systemd" else { continue }
      let units = fields[2].split(separator: "/").filter { $0.hasSuffix(".service") || $0.hasSuffix(".scope") }
      if let unit = units.last { return String(unit) }
    }
    return nil
  }
}
