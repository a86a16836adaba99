import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

@Suite struct LaneCutterTests {
  @Test("The cuts of a lane are the lane: every endpoint once", arguments: 0..<60 as Range<UInt64>)
  func coversEverythingOnce(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let ports = [1, 2, 3, 100, 1_000, 4_097, 65_535][Int.random(in: 0..<7, using: &generator)]
    let hosts = Int.random(in: 1...max(1, 140_000 / ports), using: &generator)
    let cutter = LaneCutter(hostCount: UInt128(hosts), portCount: ports, seed: seed)
    var seen = [Bool](repeating: false, count: hosts * ports)
    var cursor = LaneCutter.Cursor.start
    var repeated = 0
    var given = 0
    while !cutter.isAtEnd(cursor) {
      let budget = Int.random(in: 1...Int.random(in: 1...100_000, using: &generator), using: &generator)
      let cut = cutter.cut(from: cursor, budget: budget)
      #expect(!cut.rectangles.isEmpty, "every cut goes on")
      guard !cut.rectangles.isEmpty else { return }
      #expect(keepsBudget(cut.rectangles, budget))
      for rectangle in cut.rectangles {
        guard rectangle.hosts.upperBound <= UInt128(hosts), rectangle.ports.upperBound <= ports else {
          Issue.record("\(rectangle) lies outside the lane")
          return
        }
        for host in Int(rectangle.hosts.lowerBound)..<Int(rectangle.hosts.upperBound) {
          for port in rectangle.ports {
            if seen[host * ports + port] { repeated += 1 }
            seen[host * ports + port] = true
          }
        }
      }
      given += Int(cut.rectangles.endpointCount)
      cursor = cut.next
      let left = Int(cutter.endpoints(behind: cursor))
      #expect(left >= hosts * ports - given)
      #expect(left <= hosts * ports - given + 4_096 * ports)
    }
    #expect(cutter.endpoints(behind: cursor) == 0)
    #expect(repeated == 0)
    #expect(seen.allSatisfy { $0 })
    #expect(cutter.cut(from: cursor, budget: 1_000).rectangles.isEmpty, "nothing follows the end")
  }

  /// Within the budget, unless even one port of one block is more; and no more rectangles than a grant should list.
  private func keepsBudget(_ rectangles: [WorkRectangle], _ budget: Int) -> Bool {
    guard rectangles.count <= 256 else { return false }
    if rectangles.endpointCount <= UInt128(budget) { return true }
    return rectangles.count == 1 && rectangles[0].ports.count == 1 && rectangles[0].hosts.count128 <= 4_096
  }

  @Test("Two cutters of one lane see the same number line, and another seed goes another way")
  func dependsOnSeedAlone() {
    func firstCut(seed: UInt64) -> [WorkRectangle] {
      LaneCutter(hostCount: 1 << 32, portCount: 10, seed: seed).cut(from: .start, budget: 20_000).rectangles
    }
    #expect(firstCut(seed: 5) == firstCut(seed: 5))
    #expect(firstCut(seed: 5) != firstCut(seed: 6))
  }

  @Test("Work spreads: one job of a wide lane touches blocks that are no neighbours")
  func spreads() {
    let cut = LaneCutter(hostCount: 1 << 24, portCount: 100, seed: 1).cut(from: .start, budget: 50_000).rectangles
    #expect(cut.count > 5)
    #expect(zip(cut, cut.dropFirst()).contains { $0.hosts.upperBound != $1.hosts.lowerBound })
    #expect(cut.dropLast().allSatisfy { $0.ports == 0..<100 }, "ports are cut only where the budget ends")
  }

  @Test("The widest lane of all is cut without overflow")
  func takesWideLanes() {
    let cutter = LaneCutter(hostCount: .max, portCount: 65_535, seed: 9)
    var cursor = LaneCutter.Cursor(position: (UInt128.max - 1) / 16, port: 60_000)
    #expect(!cutter.isAtEnd(cursor))
    let cut = cutter.cut(from: cursor, budget: 1 << 20)
    #expect(cut.rectangles.endpointCount <= 1 << 20)
    cursor = cut.next
    #expect(cutter.isAtEnd(cursor))
  }
}
