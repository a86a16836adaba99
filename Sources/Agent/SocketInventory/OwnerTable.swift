internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Who holds which sockets, from one pass over `/proc/*/fd` (proc_pid_fd(5)).
///
/// Blocking, and the costliest part of a snapshot: about 6 µs a descriptor. Directories are read by getdents64 and links by
/// readlinkat into buffers that are used again; holders lie in one array, chained by socket.
package struct OwnerTable: Sendable {
  private struct Link: Sendable {
    let process: Int32
    let descriptor: Int32
    /// The next link of the same socket, -1 for none.
    let next: Int32
  }

  /// Every process that holds a socket; nil for one that ended before it could be described.
  private var processes: [SocketProcess?] = []
  private var links: [Link] = []

  /// The last link of each socket, -1 for none.
  private var last: [Int32]

  /// Whether some process's descriptors could not be read for want of privilege.
  package private(set) var hasUnreadable = false

  /// When the pass began: milliseconds since 1970, UTC.
  package let readAt: Int64

  /// Reads every process of this `/proc`. `count` sockets are known to `inodes` by their index.
  ///
  /// - Throws: `SystemError` where `/proc` itself cannot be read; what fails for a single process is kept as
  ///   `hasUnreadable`, or is a process that ended, which is nothing to report.
  init(count: Int, inodes: InodeTable, reader: ProcessReader) throws(SystemError) {
    last = Array(repeating: -1, count: count)
    readAt = MonotonicClock.wallMilliseconds
    let root = try Descriptor.open("/proc", flags: O_RDONLY | O_DIRECTORY)
    var processNames = DirectoryEntries()
    var descriptorNames = DirectoryEntries()
    var seesFirst = false
    try processNames.read(root) { name throws(SystemError) in
      guard let pid = DirectoryEntries.number(name) else { return }
      if pid == 1 { seesFirst = true }
      let before = links.count
      do throws(SystemError) {
        // Everything about a process is read below this one directory, so that a pid used again is never taken for it:
        // after its end these reads fail with ESRCH.
        let process = try root.open(String(cString: name), flags: O_RDONLY | O_DIRECTORY)
        defer {
          if links.count > before { processes.append(reader.read(pid, directory: process)) }
        }
        try collect(process, &descriptorNames, inodes)
      } catch {
        if error.errno == EACCES || error.errno == EPERM { hasUnreadable = true }
      }
    }
    // Every process has a first one in its /proc; where it does not show, others are hidden too (proc(5), hidepid).
    if !seesFirst { hasUnreadable = true }
  }

  /// Links the sockets among a process's descriptors, each once, to the process that comes next in `processes`.
  private mutating func collect(
    _ process: borrowing Descriptor, _ names: inout DirectoryEntries, _ inodes: InodeTable
  ) throws(SystemError) {
    let directory = try process.open("fd", flags: O_RDONLY | O_DIRECTORY)
    let number = directory.number
    let owner = Int32(processes.count)
    try names.read(directory) { name throws(SystemError) in
      // "socket:[4294967295]" is 19 bytes; what is longer is no socket.
      var target: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
      let length = withUnsafeMutableBytes(of: &target) { bytes -> Int in
        guard let base = bytes.baseAddress else { return 0 }
        return Glibc.readlinkat(number, name, base.assumingMemoryBound(to: CChar.self), bytes.count)
      }
      guard length > 0 else {
        let code = errno
        // The descriptor was closed, or the process ended, meanwhile.
        if code == ENOENT || code == ESRCH || length == 0 { return }
        throw SystemError(call: "readlink", errno: code)
      }
      guard let inode = withUnsafeBytes(of: &target, { SocketLink.inode($0[..<length]) }),
        let socket = inodes.index(of: inode)
      else { return }
      let link = last[socket]
      if link >= 0, links[Int(link)].process == owner { return }
      last[socket] = Int32(links.count)
      links.append(Link(process: owner, descriptor: DirectoryEntries.number(name) ?? -1, next: link))
    }
  }

  /// Whether some process held the socket, described or not.
  func isHeld(_ socket: Int) -> Bool { last[socket] >= 0 }

  /// The processes that hold a socket, by pid; empty where none was found or all ended meanwhile.
  func holders(of socket: Int) -> [SocketHolder] {
    var result: [SocketHolder] = []
    forEachHolder(of: socket) { result.append(SocketHolder(process: $0, descriptor: $1)) }
    result.reverse()
    return result
  }

  /// Hands every holder of a socket to `body`, the last first.
  package func forEachHolder(of socket: Int, _ body: (SocketProcess, _ descriptor: Int32) -> Void) {
    var link = last[socket]
    while link >= 0 {
      if let process = processes[Int(links[Int(link)].process)] { body(process, links[Int(link)].descriptor) }
      link = links[Int(link)].next
    }
  }
}
