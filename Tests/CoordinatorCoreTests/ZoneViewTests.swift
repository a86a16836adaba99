import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

@Suite struct ZoneViewTests {
  private func randomView(_ generator: inout SeededGenerator) -> ZoneView {
    ZoneView(
      zone: ZoneID(1), state: EndpointState.allCases[Int.random(in: 0..<6, using: &generator)],
      reason: ProbeReason.allCases[Int.random(in: 0..<4, using: &generator)],
      isSelfView: Bool.random(using: &generator),
      observedAt: Timestamp(milliseconds: Int64.random(in: 0..<6, using: &generator)),
      job: Bool.random(using: &generator) ? JobID(Int64.random(in: 1...3, using: &generator)) : nil,
      agent: AgentID(Int64.random(in: 1...3, using: &generator)))
  }

  @Test("Merging is commutative, associative and idempotent", arguments: 0..<20 as Range<UInt64>)
  func obeysTheLaws(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let (a, b, c) = (randomView(&generator), randomView(&generator), randomView(&generator))
      #expect(a.merged(with: b) == b.merged(with: a))
      #expect(a.merged(with: b).merged(with: c) == a.merged(with: b.merged(with: c)))
      #expect(a.merged(with: a) == a)
      let both = a.merged(with: b)
      #expect(both.merged(with: b) == both, "a repetition changes nothing")
    }
  }

  @Test("Any order of the same sightings gives the view that their history gives", arguments: 0..<40 as Range<UInt64>)
  func isIndependentOfOrder(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 100 + seed)
    let sightings = (0..<12).map { _ in randomView(&generator) }
    let first = try #require(sightings.first)
    let expected = sightings.dropFirst().reduce(first) { $0.merged(with: $1) }
    for _ in 0..<10 {
      let shuffled = (sightings + sightings.prefix(3)).shuffled(using: &generator)
      let start = try #require(shuffled.first)
      #expect(shuffled.dropFirst().reduce(start) { $0.merged(with: $1) } == expected)
    }
    let open = sightings.filter { $0.state == .open }.map(\.observedAt)
    #expect(expected.observedAt == sightings.map(\.observedAt).max())
    #expect(expected.firstSeen == open.min())
    #expect(expected.lastSeen == open.max())
    #expect(expected.differedAt == sightings.filter { $0.state != expected.state }.map(\.observedAt).max())
  }

  @Test("Of equally old sightings the one that says more wins")
  func prefersEvidence() {
    func view(_ state: EndpointState, isSelfView: Bool = false) -> ZoneView {
      ZoneView(
        zone: ZoneID(1), state: state, reason: .noResponse, isSelfView: isSelfView,
        observedAt: Timestamp(milliseconds: 5), job: nil, agent: AgentID(1))
    }
    #expect(view(.unchecked).merged(with: view(.closed)).state == .closed)
    #expect(view(.closed).merged(with: view(.open)).state == .open)
    #expect(!view(.open, isSelfView: true).merged(with: view(.open)).isSelfView)
  }
}
