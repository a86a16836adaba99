internal import Glibc
internal import LinuxSystem
package import Model

/// A queue of records on the disk, first in, first out, in a folder of its own: survives the end of the process at any
/// point and a full disk, and bounds itself by size and age, counting what it loses.
///
/// Records lie one behind the other in segments, each named by its first number. A segment that an earlier process wrote is
/// only read. A record that cannot be read back is lost alone. What has been passed is kept in the mark.
///
/// Not Sendable: one thread owns it, and every call may block.
package final class SpoolQueue {
  let folder: SpoolFolder
  let limits: SpoolLimits
  let medium: any SpoolMedium
  private let markFile: MarkFile
  var mark: SpoolMark
  var segments: [StoredSegment] = []
  /// The last segment, as long as it takes more.
  var writer: Descriptor?
  /// The first segment, once something was read of it.
  private var reader: (first: UInt64, file: DescriptorBox)?
  private var losses: [SpoolLoss] = []
  /// Segments whose files are to go once the mark says that they are passed.
  private var finished: [UInt64] = []

  /// Opens the spool in `path`, and makes it where there is none; reads all that it holds.
  ///
  /// - Throws: `SpoolError`, `inUse` where another process has it open.
  package init(_ path: String, limits: SpoolLimits = .standard, medium: any SpoolMedium = SpoolDisk())
    throws(SpoolError)
  {
    self.limits = limits
    self.medium = medium
    folder = try SpoolFolder(path)
    do throws(SystemError) {
      markFile = try MarkFile(folder.markPath, medium: medium)
      mark = markFile.found ?? SpoolMark()
      try readSegments()
      settle()
      try save()
    } catch {
      throw SpoolError(path: path, error)
    }
  }

  private func readSegments() throws(SystemError) {
    var lowest: UInt64 = 1
    for first in try folder.segments() {
      let bytes = try SegmentFile.contents(folder.segmentPath(first))
      guard !bytes.isEmpty else {
        // Made, and nothing written before the end.
        try folder.remove(folder.segmentPath(first))
        continue
      }
      let segment = StoredSegment(
        first: first, size: bytes.count, entries: SegmentScan.entries(bytes, from: max(first, lowest)))
      lowest = (segment.last?.number ?? lowest - 1) + 1
      segments.append(segment)
    }
    if markFile.found == nil, let first = segments.first?.first { mark.passed = first - 1 }
    if let last = segments.last {
      // What is behind the last record was the beginning of another.
      mark.next = max(mark.next, (last.last?.number ?? last.first - 1) + (last.tail > 0 ? 2 : 1))
    }
    mark.next = max(mark.next, mark.passed + 1)
    for index in segments.indices {
      while let entry = segments[index].next, entry.number <= mark.passed { segments[index].pass() }
    }
  }

  /// What it holds and what it has lost, damage included that lies further back.
  package var contents: SpoolContents {
    let records = segments.reduce(0) { $0 + $1.count }
    let damagedRecords = Int(clamping: mark.next - 1 - mark.passed) - records
    let damagedBytes = segments.reduce(0) { $0 + $1.damagedBytes }
    return SpoolContents(
      records: records, bytes: segments.reduce(0) { $0 + $1.leftBytes },
      oldest: segments.lazy.compactMap(\.next).first?.time, lostRecords: mark.lostRecords + damagedRecords,
      lostBytes: mark.lostBytes + damagedBytes)
  }

  /// Losses since this was last called, for the log.
  package func takeLosses() -> [SpoolLoss] {
    defer { losses = [] }
    return losses
  }

  /// The oldest record; it stays until `remove`. Records that are too old or damaged are lost on the way.
  package func first(at now: Timestamp) throws(SpoolError) -> SpoolRecord? {
    expire(at: now)
    while let segment = segments.first, let entry = segment.next {
      do throws(SystemError) {
        if let record = try read(entry, of: segment) { return record }
      } catch {
        throw SpoolError(path: folder.path, error)
      }
      pass(.damaged)
    }
    try saved()
    return nil
  }

  /// Ends the record's life; it has been delivered. Nothing happens where it is not the oldest any more.
  ///
  /// When this throws the record is gone all the same, and only after a crash it may come once more.
  package func remove(_ number: UInt64) throws(SpoolError) {
    guard segments.first?.next?.number == number else { return }
    pass(nil)
    try saved()
  }

  /// Ends the record's life and counts it as lost, see `remove`.
  package func discard(_ number: UInt64) throws(SpoolError) {
    guard segments.first?.next?.number == number else { return }
    pass(.discarded)
    try saved()
  }

  // Passing records.

  func expire(at now: Timestamp) {
    let limit = now - limits.age
    while let entry = segments.first?.next, entry.time < limit { pass(.expired) }
  }

  /// Goes past the oldest record.
  private func pass(_ loss: SpoolLoss.Cause?) {
    guard let entry = segments.first?.next else { return }
    segments[0].pass()
    mark.passed = entry.number
    if let loss { count(loss, records: 1, bytes: entry.length) }
    settle()
  }

  /// Counts damage before the oldest record, and takes segments away that have nothing more.
  func settle() {
    while let head = segments.first {
      if let entry = head.next {
        if entry.number > mark.passed + 1 {
          count(.damaged, records: Int(clamping: entry.number - 1 - mark.passed), bytes: entry.offset - head.position)
          mark.passed = entry.number - 1
        }
        segments[0].passDamage()
        return
      }
      dropSegment(.damaged)
    }
    if mark.next - 1 > mark.passed {
      // Written, and not even damaged now: their files are gone.
      count(.damaged, records: Int(clamping: mark.next - 1 - mark.passed), bytes: 0)
      mark.passed = mark.next - 1
    }
  }

  /// Takes the first segment out; what was left of it is lost. Its file goes with the next `save`.
  func dropSegment(_ cause: SpoolLoss.Cause) {
    let head = segments.removeFirst()
    let end = segments.first?.first ?? mark.next
    if segments.isEmpty { _ = writer.take() }
    if end - 1 > mark.passed {
      count(cause, records: Int(clamping: end - 1 - mark.passed), bytes: head.size - head.position)
      mark.passed = end - 1
    }
    finished.append(head.first)
  }

  private func count(_ cause: SpoolLoss.Cause, records: Int, bytes: Int) {
    mark.lostRecords += records
    mark.lostBytes += bytes
    losses.append(SpoolLoss(cause: cause, records: records, bytes: bytes))
  }

  // The disk.

  private func saved() throws(SpoolError) {
    do throws(SystemError) {
      try save()
    } catch {
      throw SpoolError(path: folder.path, error)
    }
  }

  /// Writes the mark, and then takes away the files that it passes.
  func save() throws(SystemError) {
    let paths = finished.map { folder.segmentPath($0) }
    finished = []
    mark.version += 1
    do throws(SystemError) {
      try markFile.write(mark)
    } catch {
      // The files go all the same: it may be their room that is missing.
      for path in paths { try folder.remove(path) }
      throw error
    }
    for path in paths { try folder.remove(path) }
  }

  private func read(_ entry: SegmentEntry, of segment: StoredSegment) throws(SystemError) -> SpoolRecord? {
    do throws(SystemError) {
      if reader?.first != segment.first {
        reader = nil
        reader = (
          segment.first,
          DescriptorBox(try Descriptor.open(folder.segmentPath(segment.first), flags: O_RDONLY | O_NOFOLLOW))
        )
      }
      guard let descriptor = reader?.file.number else { return nil }
      let bytes = try SegmentFile.bytes(of: entry, in: descriptor)
      return bytes.withUnsafeBytes { bytes -> SpoolRecord? in
        guard let header = RecordHeader(bytes), header.number == entry.number, bytes.count == entry.length else {
          return nil
        }
        let payload = Array(bytes[RecordHeader.size...])
        guard header.fits(payload) else { return nil }
        return SpoolRecord(number: header.number, kind: header.kind, time: header.time, payload: payload)
      }
    } catch let error where [EIO, ENOENT].contains(error.errno) {
      // The disk does not give it, or somebody took the file away.
      return nil
    }
  }
}
