internal import Glibc
internal import LinuxSystem
internal import LocalSystem
package import Model
internal import ScanEngine

/// The file in which an interrupted scan can go on: a plan and, behind it, what was found, appended as it is.
///
/// What was recorded before the last `write` outlives a kill, what was written before the last `sync` a power failure.
package final class ScanJournal {
  package let path: String
  private let space: TargetSpace
  private let plan: JournalPlan
  private var descriptor: Descriptor
  private var batch = JournalBatch()

  /// Octets in the file, all of them whole lines.
  private var length: Int

  private var isSynced = true

  /// At this length the file is written anew with the same content in fewer records: each second's records repeat what a
  /// dark network's hosts have in common.
  private var compactionLength: Int

  /// A file shorter than this is not worth it.
  package static let leastCompaction = 16 << 20
  private let leastCompaction: Int

  /// More endpoints than these are not kept for the next write.
  private static let batchLimit = 200_000

  /// What a journal may hold when it is read: far more than compaction leaves of any scan.
  private static let maximumBytes = 4 << 30

  /// The first failure; nothing is written after it.
  package private(set) var failure: JournalError?

  private init(
    path: String, plan: JournalPlan, space: TargetSpace, descriptor: consuming Descriptor, length: Int,
    leastCompaction: Int = ScanJournal.leastCompaction
  ) {
    self.path = path
    self.plan = plan
    self.space = space
    self.descriptor = descriptor
    self.length = length
    self.leastCompaction = leastCompaction
    compactionLength = max(leastCompaction, length * 4)
  }

  /// Makes the file, which comes into being whole, with its plan.
  ///
  /// - Parameters:
  ///   - path: where.
  ///   - plan: what the scan is to do.
  ///   - leastCompaction: octets below which the file is never written anew.
  /// - Returns: the journal, locked for this process.
  /// - Throws: `JournalError`: `system`, EEXIST where the file is there already.
  package static func create(
    _ path: String, _ plan: JournalPlan, leastCompaction: Int = leastCompaction
  ) throws(JournalError) -> ScanJournal {
    guard let space = try? TargetSpace(plan.targets) else {
      throw JournalError(path: path, code: .foreign("there are more targets than can be counted"))
    }
    guard access(path, F_OK) != 0 else { throw JournalError(path: path, code: .system(call: "create", errno: EEXIST)) }
    let text = JournalHeader.lines(plan).map(JournalLine.text).joined()
    let written = try JournalFile.replace(path, with: text)
    return ScanJournal(
      path: path, plan: plan, space: space, descriptor: written.take(), length: text.utf8.count,
      leastCompaction: leastCompaction)
  }

  /// Opens a file that is there, and cuts off what a sudden end has torn.
  ///
  /// - Throws: `JournalError`.
  package static func open(_ path: String) throws(JournalError) -> (journal: ScanJournal, content: JournalContent) {
    let file = try JournalFile.openLocked(path)
    let bytes: [UInt8]
    do throws(TextFileError) { bytes = try TextFile.readBytes(path, maximumBytes: Self.maximumBytes) } catch {
      throw JournalError(path: path, code: .foreign(error.description))
    }
    let content: JournalContent
    do throws(JournalReader.Failure) { content = try JournalReader.read(bytes) } catch {
      throw JournalError(path: path, code: error.code)
    }
    guard let space = try? TargetSpace(content.plan.targets) else {
      throw JournalError(path: path, code: .foreign("its targets are none"))
    }
    let descriptor = file.take()
    if content.validLength < bytes.count, ftruncate(descriptor.number, content.validLength) != 0 {
      throw JournalError(path: path, code: .system(call: "ftruncate", errno: errno))
    }
    let journal = ScanJournal(
      path: path, plan: content.plan, space: space, descriptor: descriptor, length: content.validLength)
    return (journal, content)
  }

  /// Whether something was found that the file does not call settled: a scan with such is not finished.
  package private(set) var leavesWork = false

  /// Takes note that something is left for the next time.
  package func leaveWork() { leavesWork = true }

  /// Takes note of an endpoint. What was cut short or what this host could not do was not looked at, and stays open for the
  /// next time.
  package func record(_ row: ScanRow) {
    guard !row.reason.isPassing else { return leaveWork() }
    guard let host = space.index(of: row.host), let port = plan.ports.index(of: row.port) else { return }
    batch.add(row, host: host, port: port)
    if batch.count >= Self.batchLimit { write() }
  }

  /// Takes note of a host that is done; of one that this host could not look for, that it is not.
  package func record(_ host: HostAddress, _ summary: HostSummary) {
    guard summary.presence != .unchecked || !summary.reason.isPassing else { return leaveWork() }
    guard let index = space.index(of: host) else { return }
    batch.add(summary, host: index)
  }

  /// Appends what was noted; blocks as the file system does. Called more than once a second.
  package func write() {
    guard batch.count > 0 else { return }
    let records = batch.records
    batch = JournalBatch()
    append(records)
    if length > compactionLength { compact() }
  }

  /// Asks the disk to keep what was written; blocks until it does. Called about each second.
  package func sync() {
    guard failure == nil, !isSynced else { return }
    do throws(SystemError) {
      try SystemCall.retrying("fdatasync") { fdatasync(descriptor.number) }
      isSynced = true
    } catch {
      failure = JournalError(path: path, code: .system(call: error.call, errno: error.errno))
    }
  }

  /// Appends a turn of the scan's life, behind what was noted before, and waits for the disk.
  package func note(_ record: JournalRecord) {
    write()
    append([record])
    sync()
  }

  private func append(_ records: [JournalRecord]) {
    guard failure == nil else { return }
    let text = records.map { JournalLine.text($0.text) }.joined()
    do throws(SystemError) {
      try JournalFile.write(text, to: descriptor.number)
      length += text.utf8.count
      isSynced = false
    } catch {
      // Half a line at the end would be dropped anyway; gone it leaves no doubt. Shrinking needs no room.
      _ = ftruncate(descriptor.number, length)
      failure = JournalError(path: path, code: .system(call: error.call, errno: error.errno))
    }
  }

  /// Writes the same content in fewer records; the old file stays until the new one is whole. Where that fails, the old one
  /// goes on.
  private func compact() {
    compactionLength = length * 4
    guard let bytes = try? TextFile.readBytes(path, maximumBytes: Self.maximumBytes),
      let content = try? JournalReader.read(bytes)
    else { return }
    let header = JournalHeader.lines(plan).map(JournalLine.text).joined()
    let text = header + content.compacted.records.map { JournalLine.text($0.text) }.joined()
    guard let written = try? JournalFile.replace(path, with: text) else { return }
    descriptor = written.take()
    length = text.utf8.count
    compactionLength = max(leastCompaction, length * 4)
  }
}

extension ProbeReason {
  /// Whether it says nothing of the target and may be otherwise the next time.
  fileprivate var isPassing: Bool {
    switch self {
    case .cutShort, .noLocalRoute, .localDenied, .localResources, .localError: true
    default: false
    }
  }
}
