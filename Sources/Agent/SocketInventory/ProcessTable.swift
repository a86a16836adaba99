internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Who holds which sockets, from one pass over `/proc/*/fd` (proc_pid_fd(5)).
///
/// Blocking, and the costliest part of a snapshot: about 6 µs a descriptor. Directories are read by getdents64 and links
/// by readlinkat into buffers that are used again and again.
struct ProcessTable {
  /// The processes of each socket, by the socket's index.
  private(set) var holders: [Int: [SocketProcess]] = [:]

  /// Whether some process's descriptors could not be read for want of privilege.
  private(set) var hasUnreadable = false

  /// Sockets of a process that ended before it could be described.
  private(set) var vanished: Set<Int> = []

  /// Reads every process of this `/proc`.
  ///
  /// - Throws: `SystemError` where `/proc` itself cannot be read; what fails for a single process is kept as
  ///   `hasUnreadable`, or is a process that ended, which is nothing to report.
  init(sockets: InodeTable, users: inout UserNames) throws(SystemError) {
    let root = try Descriptor.open("/proc", flags: O_RDONLY | O_DIRECTORY)
    let clock = ProcessClock(root: root)
    var processNames = DirectoryEntries()
    var descriptorNames = DirectoryEntries()
    var held: [Int] = []
    try processNames.read(root) { name throws(SystemError) in
      guard let pid = Self.number(name) else { return }
      held.removeAll(keepingCapacity: true)
      do throws(SystemError) {
        // Everything about a process is read below this one directory, so that a pid used again is never taken for it:
        // after its end these reads fail with ESRCH.
        let process = try root.open(String(cString: name), flags: O_RDONLY | O_DIRECTORY)
        try Self.collect(process, &descriptorNames, sockets: sockets, into: &held)
        guard !held.isEmpty else { return }
        if let description = SocketProcess(pid: Int32(pid), directory: process, clock: clock, users: &users) {
          for socket in held { holders[socket, default: []].append(description) }
        } else {
          vanished.formUnion(held)
        }
      } catch {
        if error.errno == EACCES || error.errno == EPERM { hasUnreadable = true }
      }
    }
  }

  /// Appends the sockets among a process's descriptors, each once.
  private static func collect(
    _ process: borrowing Descriptor, _ names: inout DirectoryEntries, sockets: InodeTable, into held: inout [Int]
  ) throws(SystemError) {
    let directory = try process.open("fd", flags: O_RDONLY | O_DIRECTORY)
    let number = directory.number
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
      // "socket:[" as the eight bytes it is in memory, on machines of either byte order.
      guard UInt64(bigEndian: target.0) == 0x736f_636b_6574_3a5b else { return }
      guard let inode = withUnsafeBytes(of: &target, { Self.decimal($0[8..<max(length, 8)]) }),
        let index = sockets.index(of: inode), !held.contains(index)
      else { return }
      held.append(index)
    }
  }

  /// The digits at the start of `bytes`, up to `]`.
  private static func decimal(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt32? {
    var value: UInt32 = 0
    for byte in bytes {
      guard byte >= 0x30, byte <= 0x39 else { break }
      let (product, isOver) = value.multipliedReportingOverflow(by: 10)
      let (sum, isOverAgain) = product.addingReportingOverflow(UInt32(byte - 0x30))
      if isOver || isOverAgain { return nil }
      value = sum
    }
    return value
  }

  /// The number that a directory entry is named by; nil for entries that are no process.
  private static func number(_ name: UnsafePointer<CChar>) -> Int? {
    guard name[0] >= 0x31, name[0] <= 0x39 else { return nil }
    return Int(String(cString: name))
  }
}
