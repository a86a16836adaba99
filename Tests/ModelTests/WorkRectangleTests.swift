import Foundation
import SeededRandom
import Testing

@testable import Model

/// The rectangle algebra against plain sets of endpoints in a universe small enough to list.
@Suite struct WorkRectangleTests {
  private struct Endpoint: Hashable {
    let host: UInt128
    let port: Int
  }

  private static let side = 7

  private func endpoints(_ rectangle: WorkRectangle) -> Set<Endpoint> {
    var result: Set<Endpoint> = []
    var host = rectangle.hosts.lowerBound
    while host < rectangle.hosts.upperBound {
      for port in rectangle.ports { result.insert(Endpoint(host: host, port: port)) }
      host += 1
    }
    return result
  }

  private func endpoints(_ rectangles: [WorkRectangle]) -> Set<Endpoint> {
    rectangles.reduce(into: []) { $0.formUnion(endpoints($1)) }
  }

  private func random(_ generator: inout SeededGenerator) -> WorkRectangle {
    func interval() -> Range<Int> {
      let first = Int.random(in: 0..<Self.side, using: &generator)
      return first..<Int.random(in: first + 1...Self.side, using: &generator)
    }
    let hosts = interval()
    return WorkRectangle(hosts: UInt128(hosts.lowerBound)..<UInt128(hosts.upperBound), ports: interval())
  }

  @Test("Intersection, containment and difference of two are those of their endpoints")
  func agreesWithSetsInPairs() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      let (left, right) = (random(&generator), random(&generator))
      let (leftSet, rightSet) = (endpoints(left), endpoints(right))
      #expect(left.intersection(right).map(endpoints) ?? [] == leftSet.intersection(rightSet))
      #expect(left.contains(right) == rightSet.isSubset(of: leftSet))
      #expect(left.count == UInt128(leftSet.count))
      let rest = left.subtracting(right)
      #expect(rest.count <= 4)
      #expect(endpoints(rest) == leftSet.subtracting(rightSet))
      #expect(rest.endpointCount == UInt128(endpoints(rest).count), "the pieces are disjoint")
    }
  }

  @Test("What is left after many parts are taken away is disjoint and exact")
  func agreesWithSetsInLists() {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<500 {
      let whole = [random(&generator)]
      let taken = (0..<Int.random(in: 0...8, using: &generator)).map { _ in random(&generator) }
      let rest = whole.subtracting(taken)
      let expected = endpoints(whole).subtracting(endpoints(taken))
      #expect(endpoints(rest) == expected)
      #expect(rest.endpointCount == UInt128(expected.count))
    }
  }

  @Test("Counts saturate instead of trapping")
  func saturates() {
    let widest = WorkRectangle(hosts: 0..<UInt128.max, ports: 0..<65_535)
    #expect(widest.count == .max)
    #expect([widest, widest].endpointCount == .max)
  }

  @Test("The JSON form keeps indices that no double could hold")
  func roundTripsWide() throws {
    let rectangle = WorkRectangle(hosts: (UInt128.max - 5)..<(UInt128.max - 1), ports: 7..<196_608)
    let data = try JSONEncoder().encode(rectangle)
    #expect(try JSONDecoder().decode(WorkRectangle.self, from: data) == rectangle)
  }

  @Test(
    "JSON that names no rectangle is refused without a trap",
    arguments: [
      #"{"firstHost":"0","hostCount":"0","firstPort":0,"portCount":1}"#,
      #"{"firstHost":"1","hostCount":"340282366920938463463374607431768211455","firstPort":0,"portCount":1}"#,
      #"{"firstHost":"-1","hostCount":"1","firstPort":0,"portCount":1}"#,
      #"{"firstHost":"x","hostCount":"1","firstPort":0,"portCount":1}"#,
      #"{"firstHost":"0","hostCount":"1","firstPort":-1,"portCount":1}"#,
      #"{"firstHost":"0","hostCount":"1","firstPort":0,"portCount":0}"#,
      #"{"firstHost":"0","hostCount":"1","firstPort":9223372036854775807,"portCount":1}"#,
      #"{"firstHost":"0","hostCount":"1","firstPort":0,"portCount":9223372036854775807}"#,
      #"{"firstHost":0,"hostCount":"1","firstPort":0,"portCount":1}"#,
    ])
  func refusesNonsense(json: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(WorkRectangle.self, from: Data(json.utf8)) }
  }
}
