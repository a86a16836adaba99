import Glibc
import LinuxSystem
import Model
import Testing

@testable import Identification

@Suite("Conversations and the inquiry they belong to")
struct InquiryTests {
  private let configuration = ServiceIdentifier.Configuration()

  private func inquiry(_ id: UInt64 = 1, _ host: IPAddress = .ipv4Loopback, port: UInt16 = 9) -> Inquiry {
    let order = InquiryOrder(id: id, host: HostAddress(host), port: Port(port)) { _, _ in
      true
    } finished: { _ in
    }
    return Inquiry(order, configuration: configuration)
  }

  /// A conversation over a pair of sockets, and the other end.
  private func conversation(_ plan: ConversationPlan) throws -> (conversation: Conversation, peer: Int32) {
    var ends: [Int32] = [0, 0]
    try SystemCall.retrying("socketpair") {
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends)
    }
    let context = try #require(TLSContext())
    let conversation = Conversation(
      plan, number: 1, host: "h", descriptor: Descriptor(owning: ends[0]), context: context, now: 0)
    return (conversation, ends[1])
  }

  @Test("One that was let go of has no say any more, though it had something to tell")
  func dropped() throws {
    let (first, peer) = try conversation(ConversationPlan())
    let (second, other) = try conversation(ConversationPlan())
    defer { for end in [peer, other] { close(end) } }
    let inquiry = inquiry()
    inquiry.began(first)
    inquiry.began(second)
    first.events = [.certain]
    second.events = [.ended(.found(.named("ftp")))]
    inquiry.note(first, now: 0)
    inquiry.note(second, now: 0)
    #expect(inquiry.result == nil)
    first.events = [.ended(.found(.named("smtp")))]
    inquiry.note(first, now: 0)
    #expect(inquiry.result == .identified(.named("smtp")))
  }

  @Test("A connection that is refused after others were taken is tried once more, and alone")
  func refused() {
    let inquiry = inquiry()
    inquiry.queue = []
    inquiry.wasReached = true
    inquiry.refused(ConversationPlan(), errno: ECONNREFUSED)
    #expect(inquiry.result == nil && inquiry.parallel == 1)
    #expect(inquiry.queue.map(\.isRepeated) == [true])
    inquiry.refused(inquiry.queue.removeFirst(), errno: ECONNREFUSED)
    #expect(inquiry.result == nil && inquiry.queue.isEmpty)
    let stranger = self.inquiry()
    stranger.refused(ConversationPlan(), errno: ECONNREFUSED)
    #expect(stranger.result == .failed(.unreachable(errno: ECONNREFUSED)))
  }

  @Test("Where a host's endpoints say nothing, only TLS and what the port suggests is asked, unless this one spoke")
  func likelySilent() {
    for (port, hasReacted, expected) in [
      (UInt16(9), false, ["http", "http"]), (6379, false, ["redis", "http", "http"]), (9, true, nil),
    ] {
      let inquiry = inquiry(port: port)
      inquiry.queue = []
      inquiry.hasReacted = hasReacted
      inquiry.grantRoom(now: 0, isLikelySilent: true)
      let names = inquiry.queue.compactMap { $0.probe?.name }
      if let expected { #expect(names == expected) } else { #expect(names.count == 2 + ServiceProbes.others.count) }
      #expect(inquiry.queue.contains { $0.offer != nil })
    }
  }

  @Test("Hanging up is a reaction, staying silent is none")
  func hangingUp() throws {
    for hangsUp in [false, true] {
      let (conversation, peer) = try conversation(ConversationPlan(probe: ServiceProbes.http))
      let inquiry = inquiry()
      inquiry.queue = []
      inquiry.began(conversation)
      inquiry.grantRoom(now: 0, isLikelySilent: true)
      inquiry.queue = []
      conversation.ask(now: 0)
      if hangsUp { close(peer) }
      conversation.handle(now: 0)
      inquiry.note(conversation, now: 0)
      inquiry.expire(now: 0)
      #expect(inquiry.result == .unidentified(banner: nil))
      #expect(inquiry.endedSilent == !hangsUp)
      if !hangsUp { close(peer) }
    }
  }

  @Test("Waiting endpoints are taken host by host in turn, and a host without room is passed over")
  func waiting() {
    var waiting = WaitingInquiries()
    let hosts = [IPAddress(ipv4: 1), IPAddress(ipv4: 2)]
    for (id, host) in [(1, 0), (2, 0), (3, 1), (4, 0)] { waiting.add(inquiry(UInt64(id), hosts[host])) }
    var taken: [UInt64] = []
    while let next = waiting.next(where: { $0.address == hosts[0] || taken.count == 3 }) { taken.append(next.order.id) }
    #expect(taken == [1, 2, 4, 3])
    for id in UInt64(1)...5 { waiting.add(inquiry(id, hosts[Int(id % 2)])) }
    #expect(waiting.takeAll { $0.order.id < 3 }.map(\.order.id).sorted() == [1, 2])
    var rest: [UInt64] = []
    while let next = waiting.next(where: { _ in true }) { rest.append(next.order.id) }
    #expect(rest.sorted() == [3, 4, 5])
  }

  @Test("An end of the stream that came with the last octets is seen with them")
  func endWithOctets() throws {
    let (conversation, peer) = try conversation(ConversationPlan())
    #expect(send(peer, "bye", 3, 0) == 3)
    close(peer)
    let (octets, isOver) = EndpointSocket.read(conversation.socket, limit: 1000)
    #expect(octets == Array("bye".utf8) && isOver)
  }

  @Test("Of a connection without TLS 16 KiB are read and no more")
  func readLimit() throws {
    let (conversation, peer) = try conversation(ConversationPlan())
    defer { close(peer) }
    let block = [UInt8](repeating: 1, count: 40_000)
    #expect(send(peer, block, block.count, 0) == block.count)
    conversation.stage = .listening
    conversation.readers = Conversation.readers(for: nil)
    conversation.events = []
    conversation.handle(now: 0)
    #expect(conversation.wireCount == 16 * 1024)
    #expect(conversation.stage == .ended)
  }

  @Test("A question that follows is read from its first octet, however long the first answer was")
  func follow() throws {
    let (conversation, peer) = try conversation(ConversationPlan())
    defer { close(peer) }
    conversation.stage = .listening
    (conversation.readings, conversation.nextReading) = (64, 9_000)
    let question = FollowUp("EHLO\r\n") { received in
      Octets.firstLine(received.octets) == nil ? .incomplete : .recognised(.named("smtp"))
    }
    conversation.follow(
      question, .named("smtp", ProductText(product: nil, version: nil), .likely), isFinal: false, now: 0)
    conversation.hear(Array("250 ok\r\n".utf8), isOver: false, now: 0)
    #expect(conversation.stage == .ended)
  }
}
