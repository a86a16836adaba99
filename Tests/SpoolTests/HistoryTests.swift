import Model
import SeededRandom
import Testing

@testable import Spool

/// Long random lives, beside an array that does the same.
@Suite struct HistoryTests {
  @Test(
    "Any order of appending, removing, ends and full disks gives what an array gives",
    arguments: 0..<20 as Range<UInt64>)
  func randomLife(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let disk = BoundedDisk()
    let limits = SpoolLimits(bytes: 40_000, age: .seconds(1_000))
    var generator = SeededGenerator(seed: seed)
    var model: [String] = []
    var discarded = 0
    var count = 0
    var queue: SpoolQueue? = try SpoolQueue(folder.spool, limits: limits, medium: disk)
    for step in 0..<400 {
      switch Int.random(in: 0..<20, using: &generator) {
      case 0..<9 where model.count < 60:
        let text = "\(count) " + String(repeating: "x", count: Int.random(in: 0..<500, using: &generator))
        count += 1
        try queue?.put(text)
        model.append(text)
      case 9..<16:
        guard let record = try queue?.first(at: now) else {
          #expect(model.isEmpty)
          continue
        }
        #expect(model.first == String(decoding: record.payload, as: UTF8.self), "step \(step)")
        try queue?.remove(record.number)
        model.removeFirst()
      case 16:
        guard let record = try queue?.first(at: now) else { continue }
        try queue?.discard(record.number)
        model.removeFirst()
        discarded += 1
      case 17:
        disk.allow(Int.random(in: 0..<30, using: &generator))
        #expect(throws: SpoolError.self) { try queue?.put("refused") }
        disk.allow(.max)
      default:
        queue = nil
        queue = try SpoolQueue(folder.spool, limits: limits, medium: disk)
      }
      #expect(queue?.contents.records == model.count, "step \(step)")
      #expect(queue?.contents.lostRecords == discarded, "step \(step)")
    }
    #expect(try queue?.drain() == model)
  }
}
