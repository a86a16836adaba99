internal import Glibc
internal import LinuxSystem

/// Owners of sockets from one snapshot to the next, so that an inventory which is taken each minute does not walk all of
/// `/proc` each time. For one thread.
///
/// A socket's owners are believed again where its cookie is known and every process that held it still does: the same pid,
/// started at the same time, and the same descriptor still reads the socket's inode. (The inode alone is not enough: after
/// fork(2) and close(2) it is the same and the process is another.) Any socket that is new, or that nobody was known to
/// hold, makes the pass a whole one, and so does every `fullPassEvery`th, which finds processes that a socket was handed on
/// to.
package final class OwnerMemory {
  private struct Known {
    let holder: SocketHolder
    let inode: UInt32
  }

  private var known: [UInt64: [Known]] = [:]
  private var passesLeft = 0
  private let fullPassEvery: Int

  /// How many passes walked all processes, and how many only looked after those known.
  package private(set) var fullPasses = 0
  package private(set) var verifications = 0

  package init(fullPassEvery: Int = 10) { self.fullPassEvery = fullPassEvery }

  /// The owners of sockets by their index: verified where that is enough, else read from every process.
  ///
  /// - Throws: `SystemError` as `OwnerTable.read` does.
  func owners(of identities: [SocketIdentity], inodes: InodeTable, users: UserNames) throws(SystemError) -> OwnerTable {
    if passesLeft > 0, let table = try verified(identities, users: users) {
      passesLeft -= 1
      verifications += 1
      return table
    }
    let table = try OwnerTable.read(count: identities.count, inodes: inodes, users: users)
    fullPasses += 1
    passesLeft = fullPassEvery - 1
    known.removeAll(keepingCapacity: true)
    for (index, identity) in identities.enumerated() {
      guard let cookie = identity.cookie else { continue }
      let holders = table.holders(of: index)
      if !holders.isEmpty { known[cookie] = holders.map { Known(holder: $0, inode: identity.inode) } }
    }
    return table
  }

  /// nil where some socket needs a whole pass.
  private func verified(_ identities: [SocketIdentity], users: UserNames) throws(SystemError) -> OwnerTable? {
    let verifiedAt = MonotonicClock.wallMilliseconds
    let reader = try ProcessReader(users: users)
    var processes: [Int32: SocketProcess?] = [:]
    var found: [[SocketHolder]] = []
    found.reserveCapacity(identities.count)
    for identity in identities {
      guard identity.canHaveOwner else {
        found.append([])
        continue
      }
      guard let cookie = identity.cookie, let holders = known[cookie] else { return nil }
      for known in holders {
        let before = known.holder.process
        // Read anew, because execve(2) keeps pid, start and descriptors and changes the rest.
        let now = processes[before.pid] ?? reader.read(before.pid)
        processes[before.pid] = .some(now)
        guard let now, now.startTime == before.startTime, known.inode == identity.inode,
          SocketLink.inode(ofDescriptor: known.holder.descriptor, of: before.pid) == identity.inode
        else { return nil }
      }
      found.append(
        holders.map { known in
          SocketHolder(
            process: (processes[known.holder.process.pid] ?? nil) ?? known.holder.process,
            descriptor: known.holder.descriptor)
        })
    }
    return OwnerTable(found, verifiedAt: verifiedAt)
  }
}

/// What tells a socket from every other, now and at the next snapshot.
struct SocketIdentity {
  let cookie: UInt64?
  let inode: UInt32

  /// Whether a process can hold it: it has an inode, and is not in a state without owner.
  let canHaveOwner: Bool
}
