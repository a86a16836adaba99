internal import Glibc
internal import LinuxSystem

/// Reads what `/proc` says of processes; keeps what all of them share. For one thread.
final class ProcessReader {
  private let users: UserNames
  private let clock: ProcessClock

  /// How much of a command line is kept: the kernel allows megabytes (execve(2)).
  private static let commandLineLimit = 4096

  /// - Throws: `SystemError` where there is no `/proc`.
  init(users: UserNames) throws(SystemError) {
    self.users = users
    clock = ProcessClock(root: try Descriptor.open("/proc", flags: O_RDONLY | O_DIRECTORY))
  }

  /// What is known of a process; nil where it has ended.
  ///
  /// `directory` is `/proc/PID`, open: what is read below it never belongs to another process of the same number.
  func read(_ pid: Int32, directory: borrowing Descriptor) -> SocketProcess? {
    guard let stat = text(directory, "stat").flatMap(ProcessStat.init), let status = text(directory, "status")
    else { return nil }
    let uid = Self.effectiveUser(status: status) ?? UInt32.max
    let group = text(directory, "cgroup").map(ControlGroup.init)
    return SocketProcess(
      pid: pid, parentPid: stat.parentPid, name: stat.name, executable: try? directory.linkTarget("exe"),
      commandLine: commandLine(directory), uid: uid, user: users.name(of: uid),
      startTime: clock.time(ofTicks: stat.startTicks), unit: group?.unit, container: group?.container)
  }

  /// The same of a process by its number; nil where there is none.
  func read(_ pid: Int32) -> SocketProcess? {
    guard let directory = try? Descriptor.open("/proc/\(pid)", flags: O_RDONLY | O_DIRECTORY) else { return nil }
    return read(pid, directory: directory)
  }

  private func bytes(_ directory: borrowing Descriptor, _ name: String, limit: Int = 1 << 14) -> [UInt8]? {
    guard let file = try? directory.open(name, flags: O_RDONLY) else { return nil }
    return try? file.contents(limit: limit)
  }

  private func text(_ directory: borrowing Descriptor, _ name: String) -> String? {
    bytes(directory, name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Arguments end in zero bytes (proc_pid_cmdline(5)).
  private func commandLine(_ directory: borrowing Descriptor) -> String? {
    guard let bytes = bytes(directory, "cmdline", limit: Self.commandLineLimit), !bytes.isEmpty else { return nil }
    let arguments = bytes.split(separator: 0, omittingEmptySubsequences: true).map {
      String(decoding: $0, as: UTF8.self)
    }
    return CommandLineRedaction.redacted(arguments).joined(separator: " ")
  }

  /// The second number of `Uid:`: real, effective, saved, file system (proc_pid_status(5)).
  static func effectiveUser(status: String) -> UInt32? {
    for line in status.split(separator: "\n") where line.hasPrefix("Uid:") {
      let numbers = line.dropFirst(4).split(whereSeparator: \.isWhitespace)
      return numbers.count >= 2 ? UInt32(numbers[1]) : nil
    }
    return nil
  }
}
