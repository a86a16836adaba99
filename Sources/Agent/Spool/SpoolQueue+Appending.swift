internal import Glibc
internal import LinuxSystem
package import Model

extension SpoolQueue {
  /// Puts a record at the end; when this returns it is on the disk. The oldest records go where the size limit asks for it.
  ///
  /// - Returns: its number.
  /// - Throws: `SpoolError`; `full` where the disk has no room: then nothing of the record stays.
  package func append(kind: UInt8, payload: [UInt8], at now: Timestamp) throws(SpoolError) -> UInt64 {
    let size = RecordHeader.size + payload.count
    guard size <= limits.bytes, payload.count <= Int(UInt32.max) else {
      throw SpoolError(path: folder.path, code: .tooLarge(bytes: payload.count))
    }
    expire(at: now)
    while segments.reduce(size, { $0 + $1.size }) > limits.bytes { dropSegment(.crowdedOut) }
    settle()
    let header = RecordHeader(number: mark.next, kind: kind, time: now, payload: payload)
    do throws(SystemError) {
      try write(header.encoded(with: payload))
    } catch {
      // The count of what was lost on the way is worth keeping; that this may fail, too, changes nothing.
      try? save()
      throw SpoolError(path: folder.path, error)
    }
    let number = mark.next
    segments[segments.count - 1].append(
      SegmentEntry(offset: segments[segments.count - 1].size, length: size, number: number, time: now))
    mark.next += 1
    // The record is on the disk whether the mark can be written now or only with the next.
    try? save()
    return number
  }

  private func write(_ bytes: [UInt8]) throws(SystemError) {
    if writer == nil || segments[segments.count - 1].size + bytes.count > limits.segmentBytes { try beginSegment() }
    guard let descriptor = writer?.number else { return }
    let offset = segments[segments.count - 1].size
    do throws(SystemError) {
      try medium.writeAll(bytes, to: descriptor, at: offset)
      try medium.synchronise(descriptor)
    } catch {
      cutOff(descriptor, at: offset)
      throw error
    }
  }

  private func beginSegment() throws(SystemError) {
    let path = folder.segmentPath(mark.next)
    _ = writer.take()
    writer = try medium.create(path)
    folder.synchronise()
    segments.append(StoredSegment(first: mark.next))
  }

  /// Takes back what was written of a record. If even that fails, the segment takes no more, the number is given up, and
  /// what stays of the record is passed over as damage.
  private func cutOff(_ descriptor: Int32, at offset: Int) {
    let isCut = SystemCall.once { ftruncate(descriptor, off_t(offset)) } == 0
    if isCut, offset > 0 { return }
    _ = writer.take()
    if offset == 0 {
      let empty = segments.removeLast()
      if (try? folder.remove(folder.segmentPath(empty.first))) != nil { return }
    }
    mark.next += 1
  }
}
