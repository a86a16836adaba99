import CoordinatorCore
import Model
import SeededRandom
import Testing

@testable import CoordinatorServices

@Suite struct EndpointDraftsTests {
  private static func stored(_ number: Int) -> EndpointRecord {
    EndpointRecord(
      id: EndpointID(Int64(number)), transport: .tcp, port: Port(UInt16(number)), views: [],
      summary: EndpointSummary(views: [], listener: nil, insideAgent: nil, isLoopback: false))
  }

  @Test(
    "Each key is found where it was put, in whatever order it is asked for and begun",
    arguments: 0..<20 as Range<UInt64>)
  func findsKeys(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var drafts = EndpointDrafts()
    let first = Set((0..<30).map { _ in Int.random(in: 1...200, using: &random) }).sorted()
    drafts.add(first.map(Self.stored))
    var expected = first.map { ProtocolPort(.tcp, Port(UInt16($0))) }
    for step in 0..<200 {
      // Now in order, now at random.
      let number = step % 3 == 0 ? Int.random(in: 1...200, using: &random) : step
      let key = ProtocolPort(Bool.random(using: &random) ? .tcp : .udp, Port(UInt16(number)))
      #expect(drafts.place(of: key) == expected.firstIndex(of: key))
      if !drafts.contains(key), Bool.random(using: &random) {
        expected.append(key)
        #expect(drafts.begin(key, views: []) == expected.count - 1)
        #expect(drafts.place(of: key) == expected.count - 1)
      }
    }
    #expect(drafts.keys == expected && drafts.drafts.count == expected.count)
    #expect(drafts.inOrder.map { drafts.keys[$0] } == expected.sorted())
  }

  @Test("A draft that somebody has looked at says so, whatever that said")
  func tellsWhatWasSeen() {
    var drafts = EndpointDrafts()
    drafts.add([Self.stored(22), Self.stored(23)])
    drafts.apply(
      ZoneView(
        zone: ZoneID(1), state: .open, reason: .synAck, isSelfView: false, observedAt: Timestamp(milliseconds: 5),
        job: nil, agent: AgentID(1)), at: 1)
    #expect(drafts.drafts.map(\.isSeen) == [false, true])
    #expect(drafts.drafts.map(\.views.count) == [0, 1])
  }
}
