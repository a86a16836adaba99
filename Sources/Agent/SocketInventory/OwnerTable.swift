internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Synchronization

/// Who holds which sockets, from one pass over `/proc/*/fd` (proc_pid_fd(5)).
///
/// Blocking, and the costliest part of a snapshot: two to six µs a descriptor. Directories are read by getdents64 and links
/// by readlinkat into buffers that are used again; holders lie in one array, chained by socket.
package struct OwnerTable: Sendable {
  private struct Link: Sendable {
    let process: Int32
    let descriptor: Int32
    /// The next link of the same socket, -1 for none.
    let next: Int32
  }

  /// Every process that holds a socket; nil for one that ended before it could be described.
  private var processes: [SocketProcess?] = []

  /// Which of them are not nil: asked for each socket, which must not copy a description.
  private var isDescribed: [Bool] = []
  private var links: [Link] = []

  /// The last link of each socket, -1 for none.
  private var last: [Int32]

  /// Whether some process's descriptors could not be read for want of privilege.
  package private(set) var hasUnreadable = false

  /// When the pass began: milliseconds since 1970, UTC.
  package let readAt: Int64

  /// Reads every process of this `/proc`; `count` sockets are known to `inodes` by their index.
  ///
  /// The processes are dealt out to as many threads as there are processors, at most four: nearly all of the time goes into
  /// the kernel's reading of links, and an answer that comes sooner is a truer one.
  ///
  /// - Throws: `SystemError` where `/proc` itself cannot be read or threads ran out; what fails for a single process is kept
  ///   as `hasUnreadable`, or is a process that ended, which is nothing to report.
  static func read(count: Int, inodes: InodeTable, users: UserNames) throws(SystemError) -> OwnerTable {
    var pids: [Int32] = []
    let root = try Descriptor.open("/proc", flags: O_RDONLY | O_DIRECTORY)
    var names = DirectoryEntries()
    try names.read(root) { name throws(SystemError) in if let pid = DirectoryEntries.number(name) { pids.append(pid) } }
    let deal = Deal(pids)
    var others: [(SystemThread, Deal.Hand)] = []
    for _ in 1..<max(1, min(threadLimit, ResourceLimits.processors, pids.count / processesPerThread)) {
      let hand = Deal.Hand()
      // Without further threads it takes longer and is as right.
      guard
        let thread = try? SystemThread(name: "periplus-owners", { hand.fill(count: count, inodes: inodes, deal: deal) })
      else { break }
      others.append((thread, hand))
    }
    var table = try OwnerTable(count: count, inodes: inodes, deal: deal, reader: ProcessReader(users: users))
    for (thread, hand) in others {
      thread.join()
      try table.merge(hand.take())
    }
    // Every process has a first one in its /proc; where it does not show, others are hidden too (proc(5), hidepid).
    if pids.first != 1, !pids.contains(1) { table.hasUnreadable = true }
    return table
  }

  /// More threads than this only wait for each other in the kernel.
  private static let threadLimit = 4

  /// Fewer processes than this are not worth a thread.
  private static let processesPerThread = 4

  fileprivate init(count: Int, inodes: InodeTable, deal: Deal, reader: ProcessReader) throws(SystemError) {
    last = Array(repeating: -1, count: count)
    readAt = MonotonicClock.wallMilliseconds
    let root = try Descriptor.open("/proc", flags: O_RDONLY | O_DIRECTORY)
    var descriptorNames = DirectoryEntries()
    while let pid = deal.next() {
      let before = links.count
      do throws(SystemError) {
        // Everything about a process is read below this one directory, so that a pid used again is never taken for it:
        // after its end these reads fail with ESRCH.
        let process = try root.open("\(pid)", flags: O_RDONLY | O_DIRECTORY)
        defer {
          if links.count > before { add(reader.read(pid, directory: process)) }
        }
        try collect(process, &descriptorNames, inodes)
      } catch {
        // A process that ended is nothing to report; whatever else failed may have hidden an owner.
        if error.errno != ENOENT && error.errno != ESRCH { hasUnreadable = true }
      }
    }
  }

  /// A table of owners that were looked after one by one, by the sockets' indices.
  init(_ holders: [[SocketHolder]], verifiedAt: Int64) {
    last = Array(repeating: -1, count: holders.count)
    readAt = verifiedAt
    var numbers: [Int32: Int32] = [:]
    for (socket, list) in holders.enumerated() {
      for holder in list {
        let number = numbers[holder.process.pid] ?? Int32(processes.count)
        if numbers.updateValue(number, forKey: holder.process.pid) == nil { add(holder.process) }
        links.append(Link(process: number, descriptor: holder.descriptor, next: last[socket]))
        last[socket] = Int32(links.count - 1)
      }
    }
  }

  private mutating func add(_ process: SocketProcess?) {
    processes.append(process)
    isDescribed.append(process != nil)
  }

  /// Takes over what another thread found.
  private mutating func merge(_ other: OwnerTable) {
    let base = Int32(processes.count)
    processes += other.processes
    isDescribed += other.isDescribed
    hasUnreadable = hasUnreadable || other.hasUnreadable
    for socket in last.indices {
      var link = other.last[socket]
      while link >= 0 {
        let found = other.links[Int(link)]
        links.append(Link(process: base + found.process, descriptor: found.descriptor, next: last[socket]))
        last[socket] = Int32(links.count - 1)
        link = found.next
      }
    }
  }

  /// Links the sockets among a process's descriptors, each once, to the process that comes next in `processes`.
  private mutating func collect(
    _ process: borrowing Descriptor, _ names: inout DirectoryEntries, _ inodes: InodeTable
  ) throws(SystemError) {
    let directory = try process.open("fd", flags: O_RDONLY | O_DIRECTORY)
    let owner = Int32(processes.count)
    // Descriptors are numbered from 0 on: a process that has many has them without many gaps, and asking for each number
    // costs less than having them listed first.
    var guess = DescriptorGuess(directory)
    while let number = guess.next() {
      let isThere = try guess.withName { name throws(SystemError) in
        try link(directory, name, number, to: owner, inodes)
      }
      guess.learn(isThere)
    }
    try names.read(directory, from: guess.position) { name throws(SystemError) in
      _ = try link(directory, name, DirectoryEntries.number(name) ?? -1, to: owner, inodes)
    }
  }

  /// Links a descriptor's socket, where it is one, to its owner.
  ///
  /// - Returns: whether there is such a descriptor.
  private mutating func link(
    _ directory: borrowing Descriptor, _ name: UnsafePointer<CChar>, _ descriptor: Int32, to owner: Int32,
    _ inodes: InodeTable
  ) throws(SystemError) -> Bool {
    // "socket:[4294967295]" is 19 bytes; what is longer is no socket.
    var target: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let length = withUnsafeMutableBytes(of: &target) { bytes -> Int in
      guard let base = bytes.baseAddress else { return 0 }
      return Glibc.readlinkat(directory.number, name, base.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard length > 0 else {
      let code = errno
      // The descriptor is closed, or the process ended, meanwhile.
      if code == ENOENT || code == ESRCH || length == 0 { return false }
      throw SystemError(call: "readlink", errno: code)
    }
    guard let inode = withUnsafeBytes(of: &target, { SocketLink.inode($0[..<length]) }),
      let socket = inodes.index(of: inode)
    else { return true }
    let link = last[socket]
    if link >= 0, links[Int(link)].process == owner { return true }
    last[socket] = Int32(links.count)
    links.append(Link(process: owner, descriptor: descriptor, next: link))
    return true
  }

  /// Whether some process held the socket, described or not.
  func isHeld(_ socket: Int) -> Bool { last[socket] >= 0 }

  /// Whether some process that holds the socket could be described.
  func isKnown(_ socket: Int) -> Bool {
    var link = last[socket]
    while link >= 0 {
      if isDescribed[Int(links[Int(link)].process)] { return true }
      link = links[Int(link)].next
    }
    return false
  }

  /// The processes that hold a socket, by pid; empty where none was found or all ended meanwhile.
  func holders(of socket: Int) -> [SocketHolder] {
    var result: [SocketHolder] = []
    var link = last[socket]
    while link >= 0 {
      if let process = processes[Int(links[Int(link)].process)] {
        result.append(SocketHolder(process: process, descriptor: links[Int(link)].descriptor))
      }
      link = links[Int(link)].next
    }
    result.sort { $0.process.pid < $1.process.pid }
    return result
  }

  /// The number of the one described process that holds a socket; nil where there are several or none.
  func soleProcess(of socket: Int) -> Int? {
    var sole: Int?
    var link = last[socket]
    while link >= 0 {
      let number = Int(links[Int(link)].process)
      if isDescribed[number] {
        if sole != nil { return nil }
        sole = number
      }
      link = links[Int(link)].next
    }
    return sole
  }

  /// How many processes hold sockets, and the one with a number; nil for one that ended before it could be described.
  package var processCount: Int { processes.count }
  package func process(_ number: Int) -> SocketProcess? { processes[number] }
}

/// The processes that threads share out among themselves.
private final class Deal: Sendable {
  private let pids: [Int32]
  private let dealt = Atomic<Int>(0)

  init(_ pids: [Int32]) { self.pids = pids }

  /// The next process for the calling thread; nil where all are taken.
  func next() -> Int32? {
    let index = dealt.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < pids.count ? pids[index] : nil
  }

  /// What one thread found.
  final class Hand: Sendable {
    private let result = Mutex<Result<OwnerTable, SystemError>?>(nil)

    /// Runs on the thread, with a user cache of its own: a cache is for one thread.
    func fill(count: Int, inodes: InodeTable, deal: Deal) {
      let found: Result<OwnerTable, SystemError>
      do throws(SystemError) {
        let reader = try ProcessReader(users: UserNames())
        found = .success(try OwnerTable(count: count, inodes: inodes, deal: deal, reader: reader))
      } catch { found = .failure(error) }
      result.withLock { $0 = found }
    }

    /// - Precondition: the thread was joined.
    func take() throws(SystemError) -> OwnerTable {
      guard let found = result.withLock({ $0.take() }) else { preconditionFailure("a joined thread has its result") }
      return try found.get()
    }
  }
}
