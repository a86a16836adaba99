import Glibc
import LinuxSystem
import Model
import Testing

@testable import Spool

/// A disk that is full, at any moment.
@Suite struct FullDiskTests {
  private let folder: TemporaryFolder
  private let disk = BoundedDisk()

  init() throws { folder = try TemporaryFolder() }

  private func opened(_ bytes: Int = 1 << 20) throws -> SpoolQueue {
    try SpoolQueue(folder.spool, limits: SpoolLimits(bytes: bytes, age: .seconds(1_000)), medium: disk)
  }

  @Test(
    "A record that finds room for so many octets only is refused, and nothing of it stays",
    arguments: 0..<(RecordHeader.size + 5), [ENOSPC, EDQUOT])
  func roomRunsOut(room: Int, errno: Int32) throws {
    var queue: SpoolQueue? = try opened()
    try queue?.put("first")
    try queue?.put("second")
    disk.allow(room, errno: errno)
    let error = #expect(throws: SpoolError.self) { try queue?.put("third") }
    #expect(error?.code == .full)
    #expect(error?.cause?.errno == errno)
    #expect(queue?.contents.records == 2)
    let first = try #require(try queue?.first(at: now))
    #expect(first.payload == Array("first".utf8))
    // The full disk may keep the mark from being written; then the record comes once more after an end.
    try? queue?.remove(first.number)
    queue = nil
    disk.allow(.max)
    let again = try opened()
    #expect(again.contents.lostRecords == 0 && again.contents.lostBytes == 0)
    #expect(try again.put("third") == 3)
    #expect(Array(try again.drain().suffix(2)) == ["second", "third"])
  }

  @Test("A spool that was full takes more when there is room, without being opened again")
  func goesOn() throws {
    let queue = try opened()
    try queue.put("first")
    for room in [0, 1, 20, 40] {
      disk.allow(room)
      #expect(throws: SpoolError.self) { try queue.put("second") }
    }
    disk.allow(.max)
    try queue.put("second")
    #expect(try queue.drain() == ["first", "second"])
    #expect(queue.contents == SpoolContents())
  }

  @Test("A segment that cannot be begun refuses the record, and the ones before stay")
  func noFile() throws {
    let queue = try opened(1_600)
    try queue.put(String(repeating: "a", count: 60))
    disk.allow(.max, files: false)
    #expect(throws: SpoolError.self) { try queue.put(String(repeating: "b", count: 60)) }
    #expect(throws: SpoolError.self) { try queue.put(String(repeating: "b", count: 60)) }
    disk.allow(.max)
    try queue.put(String(repeating: "b", count: 60))
    #expect(try queue.drain().map(\.first) == ["a", "b"])
    #expect(queue.contents == SpoolContents())
  }

  @Test("A new segment without room for its first record leaves no file", arguments: [0, 1, 50])
  func noRoomInNewSegment(room: Int) throws {
    let queue = try opened()
    disk.allow(room)
    #expect(throws: SpoolError.self) { try queue.put(String(repeating: "a", count: 60)) }
    #expect(try folder.segments(of: folder.spool) == [])
    disk.allow(.max)
    #expect(try queue.put("x") == 1)
  }

  @Test("A spool that cannot be made on a full disk can be made when there is room")
  func cannotBeMade() throws {
    disk.allow(100)
    let error = #expect(throws: SpoolError.self) { try opened() }
    #expect(error?.code == .full)
    disk.allow(.max)
    let queue = try opened()
    try queue.put("x")
    #expect(try queue.drain() == ["x"])
  }
}
