import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

@Suite struct ZoneServiceTests {
  private func random(_ generator: inout SeededGenerator) -> ZoneService {
    let texts = [nil, "a", "b"]
    return ZoneService(
      zone: ZoneID(1),
      facts: ServiceFacts(
        name: texts.randomElement(using: &generator) ?? nil, product: texts.randomElement(using: &generator) ?? nil,
        confidence: .certain, tunnel: Bool.random(using: &generator) ? .tls : nil,
        banner: texts.randomElement(using: &generator) ?? nil),
      observedAt: Timestamp(milliseconds: Int64.random(in: 0..<4, using: &generator)),
      job: Bool.random(using: &generator) ? JobID(Int64.random(in: 1...2, using: &generator)) : nil,
      agent: AgentID(Int64.random(in: 1...2, using: &generator)))
  }

  @Test("Merging is commutative, associative and idempotent", arguments: 0..<20 as Range<UInt64>)
  func obeysTheLaws(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let (a, b, c) = (random(&generator), random(&generator), random(&generator))
      #expect(a.merged(with: b) == b.merged(with: a))
      #expect(a.merged(with: b).merged(with: c) == a.merged(with: b.merged(with: c)))
      #expect(a.merged(with: a) == a)
    }
  }

  @Test("The newest wins, also one that found out less")
  func prefersTheNewest() {
    func service(_ name: String?, at time: Int64) -> ZoneService {
      ZoneService(
        zone: ZoneID(1), facts: ServiceFacts(name: name, confidence: .certain),
        observedAt: Timestamp(milliseconds: time), job: nil, agent: AgentID(1))
    }
    #expect(service("http", at: 1).merged(with: service(nil, at: 2)) == service(nil, at: 2))
    #expect(service("http", at: 3).merged(with: service("ssh", at: 2)) == service("http", at: 3))
  }
}
