import Testing

@testable import CoordinatorCore

@Suite struct BlockOrderTests {
  @Test("Every block is visited just once", arguments: [1, 2, 3, 7, 16, 100, 1_000, 4_097] as [UInt128])
  func permutes(count: UInt128) {
    let order = BlockOrder(count: count, seed: 42)
    let visited = (0..<count).map { order.block(at: $0) }
    #expect(Set(visited).count == Int(count))
    #expect(visited.allSatisfy { $0 < count })
  }

  @Test("Another seed gives another order")
  func dependsOnSeed() {
    let first = BlockOrder(count: 1_000, seed: 1)
    let second = BlockOrder(count: 1_000, seed: 2)
    #expect((0..<1_000).map { first.block(at: $0) } != (0..<1_000).map { second.block(at: $0) })
  }

  @Test("The widest index space is permuted without overflow")
  func takesWideSpaces() {
    let count = UInt128.max / 16
    let order = BlockOrder(count: count, seed: 7)
    for position in [0, 1, count / 2, count - 1] { #expect(order.block(at: position) < count) }
  }
}
