internal import Glibc
internal import LocalSystem
internal import Model
internal import SocketFilter

extension FilterEnvironment {
  /// Names as this machine knows them. Each question blocks, those about hosts for as long as the resolver does.
  static func machine(transports: Set<TransportProtocol>) -> FilterEnvironment {
    var environment = FilterEnvironment(services: SystemServices.load(), transports: transports)
    environment.addresses = { name in
      let answer = HostNames.resolve([name])
      if let found = answer.resolved[name] { return .success(found) }
      return .failure(Refusal("no host is called so (\(answer.failed.first?.reason ?? "no answer"))"))
    }
    environment.userID = UserAccount.id
    environment.cgroupID = controlGroup
    environment.namespaceInode = { name in
      // What ip-netns(8) named.
      name.contains("/") ? nil : inode("/run/netns/" + name)
    }
    return environment
  }

  /// The id of a control group by its path, with the mount point in front as ss takes it or below it as `systemctl` and
  /// `/proc/PID/cgroup` print it. The id is the inode's number (kernfs on 64-bit machines).
  private static func controlGroup(_ path: String) -> Result<UInt64, Refusal> {
    guard let mount = controlGroupMount() else { return .failure(Refusal("this machine has no cgroup2 file system")) }
    let isBelowMount = path == mount || path.hasPrefix(mount + "/")
    let whole = isBelowMount ? path : mount + (path.hasPrefix("/") ? path : "/" + path)
    guard !path.split(separator: "/").contains(".."), let inode = inode(whole) else {
      return .failure(Refusal("there is no control group of that path below \(mount)"))
    }
    return .success(inode)
  }

  /// Where cgroup2 is mounted (proc_pid_mountinfo(5): the fifth field, and the type behind ` - `).
  private static func controlGroupMount() -> String? {
    guard let text = try? TextFile.read("/proc/self/mountinfo", maximumBytes: 1 << 22) else { return nil }
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields[dash + 1] == "cgroup2",
        fields.count > 4
      else { continue }
      return String(fields[4])
    }
    return nil
  }

  private static func inode(_ path: String) -> UInt64? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
  }
}
