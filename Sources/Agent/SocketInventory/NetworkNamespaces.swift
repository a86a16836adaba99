internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Synchronization

/// Finds the network namespaces of this host, and reads sockets in them.
enum NetworkNamespaces {
  /// Where names of namespaces are mounted: by ip-netns(8), and by Docker.
  private static let nameFolders = ["/run/netns", "/run/docker/netns"]

  /// The calling thread's own.
  static func own() -> NetworkNamespace {
    NetworkNamespace(inode: inode(below: "/proc/thread-self"), name: nil, pid: getpid(), isOwn: true, home: nil)
  }

  /// Every one that a process lives in or that has a name, the own one first, then by inode.
  ///
  /// Blocks for a pass over `/proc`. Namespaces of processes that may not be looked at (ptrace(2), PTRACE_MODE_READ) are not
  /// found unless they have a name.
  static func all() throws(SystemError) -> [NetworkNamespace] {
    let own = own()
    var pids: [UInt64: Int32] = [:]
    let root = try Descriptor.open("/proc", flags: O_RDONLY | O_DIRECTORY)
    var entries = DirectoryEntries()
    try entries.read(root) { name throws(SystemError) in
      guard let pid = DirectoryEntries.number(name) else { return }
      // Processes that ended or belong to others have none to show.
      guard let target = try? root.linkTarget("\(pid)/ns/net"), let inode = inode(in: target) else { return }
      if pids[inode] == nil { pids[inode] = pid }
    }
    var names: [UInt64: String] = [:]
    var ownStatus = stat()
    stat("/proc/thread-self/ns/net", &ownStatus)
    let device = ownStatus.st_dev
    for folder in nameFolders {
      guard let directory = try? Descriptor.open(folder, flags: O_RDONLY | O_DIRECTORY) else { continue }
      try entries.read(directory) { name throws(SystemError) in
        var status = stat()
        // A name that is just being made or taken away stands for a plain file.
        guard fstatat(directory.number, name, &status, 0) == 0, status.st_dev == device else { return }
        let inode = UInt64(status.st_ino)
        if names[inode] == nil { names[inode] = "\(folder)/\(String(cString: name))" }
      }
    }
    let inodes = Set(pids.keys).union(names.keys).subtracting([own.inode].compactMap { $0 })
    return [own]
      + inodes.sorted().map { inode in
        NetworkNamespace(
          inode: inode, name: names[inode], pid: pids[inode], isOwn: false, home: pids[inode].flatMap(home))
      }
  }

  /// Reads the sockets of a namespace: inside it, or where entering is not allowed by the text tables of a process there.
  ///
  /// - Throws: `SystemError` where neither can be done.
  static func tables(_ query: SocketQuery, of namespace: NetworkNamespace) throws(SystemError) -> SocketTables {
    if namespace.isOwn { return try SocketTables(query, from: .kernel, namespace: namespace.inode) }
    guard let path = namespace.pid.map({ "/proc/\($0)/ns/net" }) ?? namespace.name else {
      throw SystemError(call: "setns", errno: ENOENT)
    }
    do throws(SystemError) {
      return try inside(path, inode: namespace.inode) { () throws(SystemError) in
        try SocketTables(query, from: .kernel, namespace: namespace.inode)
      }
    } catch {
      if error.errno == ENOENT, let name = namespace.name, name != path {
        // Its first process ended meanwhile.
        return try inside(name, inode: namespace.inode) { () throws(SystemError) in
          try SocketTables(query, from: .kernel, namespace: namespace.inode)
        }
      }
      guard error.errno == EPERM || error.errno == EACCES, let pid = namespace.pid else { throw error }
      let tables = try SocketTables(query, from: .files("/proc/\(pid)/net"), namespace: namespace.inode)
      // A pid that was used again would stand for another namespace.
      guard inode(below: "/proc/\(pid)") == namespace.inode else {
        throw SystemError(call: "open \(path)", errno: ENOENT)
      }
      return tables
    }
  }

  /// Runs `body` on a thread that has entered a namespace and ends afterwards (setns(2)); nothing else ever runs there.
  private static func inside(
    _ path: String, inode: UInt64?, _ body: @escaping @Sendable () throws(SystemError) -> SocketTables
  ) throws(SystemError) -> SocketTables {
    let outcome = Outcome()
    let thread = try SystemThread(name: "periplus-netns") {
      let result: Result<SocketTables, SystemError>
      do throws(SystemError) {
        let file = try Descriptor.open(path, flags: O_RDONLY)
        let number = file.number
        var status = stat()
        try SystemCall.retrying("fstat \(path)") { fstat(number, &status) }
        // A pid that was used again would stand for another namespace.
        guard UInt64(status.st_ino) == inode else { throw SystemError(call: "open \(path)", errno: ENOENT) }
        try SystemCall.retrying("setns \(path)") { clinux_enter_network_namespace(number) }
        result = .success(try body())
      } catch { result = .failure(error) }
      outcome.value.withLock { $0 = result }
    }
    thread.join()
    guard let result = outcome.value.withLock({ $0 }) else {
      preconditionFailure("a thread that was joined has told its outcome")
    }
    return try result.get()
  }

  private final class Outcome: Sendable {
    let value = Mutex<Result<SocketTables, SystemError>?>(nil)
  }

  private static func inode(below process: String) -> UInt64? {
    guard let directory = try? Descriptor.open(process, flags: O_RDONLY | O_DIRECTORY),
      let target = try? directory.linkTarget("ns/net")
    else { return nil }
    return inode(in: target)
  }

  /// The number in `net:[4026531840]` (namespaces(7)).
  private static func inode(in target: String) -> UInt64? {
    UInt64(target.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" })
  }

  /// What a process is part of: its container, or else its unit.
  private static func home(_ pid: Int32) -> String? {
    guard let file = try? Descriptor.open("/proc/\(pid)/cgroup", flags: O_RDONLY),
      let bytes = try? file.contents(limit: 1 << 14)
    else { return nil }
    let group = ControlGroup(String(decoding: bytes, as: UTF8.self))
    return group.container ?? group.unit
  }
}
