import Foundation
import Model
import Testing

@testable import Spool

@Suite struct SpoolQueueTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("What goes in comes out, first in, first out, with its kind and time, and then the folder is empty")
  func roundTrip() throws {
    let queue = try SpoolQueue(folder.spool)
    #expect(try queue.first(at: now) == nil)
    for kind in 0..<5 as Range<UInt8> {
      #expect(
        try queue.append(kind: kind, payload: Array(repeating: kind, count: Int(kind) * 1_000), at: now)
          == UInt64(kind) + 1)
    }
    #expect(queue.contents.records == 5)
    #expect(queue.contents.bytes == 10_000 + 5 * RecordHeader.size)
    #expect(queue.contents.oldest == now)
    for kind in 0..<5 as Range<UInt8> {
      let record = try #require(try queue.first(at: now))
      #expect(
        record
          == SpoolRecord(
            number: UInt64(kind) + 1, kind: kind, time: now, payload: Array(repeating: kind, count: Int(kind) * 1_000)))
      #expect(try queue.first(at: now) == record, "it stays until it is removed")
      try queue.remove(record.number)
      try queue.remove(record.number)
    }
    #expect(queue.contents == SpoolContents())
    #expect(try folder.segments(of: folder.spool) == [])
    #expect(queue.takeLosses() == [])
  }

  @Test("What was not removed is there when the spool is opened again, in order, over many segments")
  func reopening() throws {
    let limits = SpoolLimits(bytes: 16_000, age: .seconds(100))
    for round in 0..<4 {
      let queue = try SpoolQueue(folder.spool, limits: limits)
      for index in 0..<20 { try queue.put("\(round)-\(index) " + String(repeating: "x", count: 50)) }
      let first = try #require(try queue.first(at: now))
      try queue.remove(first.number)
    }
    #expect(try folder.segments(of: folder.spool).count > 4)
    let queue = try SpoolQueue(folder.spool, limits: limits)
    #expect(queue.contents.records == 76)
    let names = try queue.drain().map { $0.prefix { $0 != " " } }
    let written = (0..<4).flatMap { round in (0..<20).map { "\(round)-\($0)" } }
    #expect(names.map(String.init) == Array(written.dropFirst(4)))
    #expect(queue.contents == SpoolContents())
    #expect(try SpoolQueue(folder.copy(of: folder.spool)).contents == SpoolContents())
  }

  @Test("Numbers go on where they were, also when nothing was left")
  func numbersGoOn() throws {
    for number in 1..<6 as Range<UInt64> {
      let queue = try SpoolQueue(folder.spool)
      #expect(try queue.put("x") == number)
      try queue.remove(number)
    }
  }

  @Test("A second process on the same folder is refused; the end of the first lets the next in")
  func lock() throws {
    var first: SpoolQueue? = try SpoolQueue(folder.spool)
    let error = #expect(throws: SpoolError.self) { try SpoolQueue(self.folder.spool) }
    #expect(error?.code == .inUse)
    #expect(error?.description == "the spool \(folder.spool) is in use by another agent")
    try first?.put("kept")
    first = nil
    #expect(try SpoolQueue(folder.spool).drain() == ["kept"])
  }

  @Test("The folder is for its user alone, and so are the files")
  func modes() throws {
    let queue = try SpoolQueue(folder.spool)
    try queue.put("secret")
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(folder.spool) == 0o700)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.spool)
    #expect(names.count == 3)
    for name in names { #expect(try mode(folder.spool + "/" + name) == 0o600, "\(name)") }
  }

  @Test("A folder that cannot be made is an error with the call in it")
  func noFolder() throws {
    let path = folder.url.appending(path: "not/there").path
    let error = #expect(throws: SpoolError.self) { try SpoolQueue(path) }
    #expect(error?.code == .system)
    #expect(error?.description == "the spool \(path): mkdir \(path): No such file or directory (errno 2)")
  }

  @Test("Files that are not the spool's are let alone")
  func foreignFiles() throws {
    try FileManager.default.createDirectory(atPath: folder.spool, withIntermediateDirectories: true)
    for name in ["note.txt", "abc.spool", "000000000000000g.spool", "0000000000000000.spool"] {
      try Data("mine".utf8).write(to: URL(filePath: folder.spool + "/" + name))
    }
    let queue = try SpoolQueue(folder.spool)
    try queue.put("x")
    #expect(try queue.drain() == ["x"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.spool).count == 6)
  }

  @Test("Over the size limit the oldest go, and are counted")
  func sizeLimit() throws {
    let limits = SpoolLimits(bytes: 10_000, age: .seconds(100))
    let queue = try SpoolQueue(folder.spool, limits: limits)
    for index in 0..<200 { try queue.put("\(index) " + String(repeating: "x", count: 150)) }
    let contents = queue.contents
    #expect(contents.bytes <= 10_000 && contents.bytes > 8_000)
    #expect(contents.records + contents.lostRecords == 200)
    let losses = queue.takeLosses()
    #expect(losses.allSatisfy { $0.cause == .crowdedOut })
    #expect(losses.reduce(0) { $0 + $1.records } == contents.lostRecords)
    #expect(losses.reduce(0) { $0 + $1.bytes } == contents.lostBytes)
    let kept = try queue.drain().map { Int($0.prefix { $0 != " " }) }
    #expect(kept == Array(200 - contents.records..<200), "the newest are kept, in order")
    let error = #expect(throws: SpoolError.self) { try queue.put(String(repeating: "x", count: 10_000)) }
    #expect(error?.code == .tooLarge(bytes: 10_000))
    #expect(queue.contents.lostRecords == contents.lostRecords, "what was refused is still its owner's")
  }

  @Test("A record that was crowded out while it was under way cannot be removed in another's place")
  func crowdedOutMeanwhile() throws {
    let queue = try SpoolQueue(folder.spool, limits: SpoolLimits(bytes: 1_000, age: .seconds(100)))
    try queue.put(String(repeating: "a", count: 800))
    let record = try #require(try queue.first(at: now))
    try queue.put(String(repeating: "b", count: 800))
    try queue.remove(record.number)
    #expect(queue.contents.records == 1 && queue.contents.lostRecords == 1)
    #expect(try queue.drain() == [String(repeating: "b", count: 800)])
  }

  @Test("Over the age limit the oldest go, and are counted")
  func ageLimit() throws {
    let queue = try SpoolQueue(folder.spool, limits: SpoolLimits(bytes: 10_000, age: .seconds(10)))
    for second in 0..<20 { try queue.put("\(second)", at: now + .seconds(second)) }
    #expect(queue.contents.records == 11)
    #expect(try queue.drain(at: now + .seconds(25)) == ["15", "16", "17", "18", "19"])
    #expect(queue.contents == SpoolContents(lostRecords: 15, lostBytes: 15 * RecordHeader.size + 20))
    #expect(queue.takeLosses().allSatisfy { $0.cause == .expired })
  }

  @Test("A clock set back keeps records")
  func clockSetBack() throws {
    let queue = try SpoolQueue(folder.spool)
    try queue.put("x")
    #expect(try queue.drain(at: now - .seconds(1_000_000)) == ["x"])
  }

  @Test("Losses are counted over restarts")
  func lossesStay() throws {
    do {
      let queue = try SpoolQueue(folder.spool)
      for _ in 0..<3 {
        let number = try queue.put("unwanted")
        try queue.discard(number)
      }
      #expect(queue.takeLosses().map(\.cause) == [.discarded, .discarded, .discarded])
    }
    #expect(
      try SpoolQueue(folder.spool).contents == SpoolContents(lostRecords: 3, lostBytes: 3 * (RecordHeader.size + 8)))
  }
}
