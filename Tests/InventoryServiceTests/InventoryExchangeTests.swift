import Model
import Testing
import Wire
import Worker

@testable import InventoryService

@Suite("What agent and inventory service say")
struct InventoryExchangeTests {
  static let sample = InventorySample(
    addresses: [.init(interface: "lo", address: .ipv4Loopback, prefixLength: 8)],
    listeners: [
      .init(
        transport: .tcp, address: .ipv6Unspecified, port: 443, interface: nil, isIPv6Only: false, uid: 33,
        user: "www-data", inode: 77,
        processes: [
          .init(
            pid: 812, name: "a \"name\"\n", executable: "/usr/sbin/nginx", user: "root",
            startTime: Timestamp(milliseconds: 1_700_000_000_123))
        ], ownerUnknownReason: nil, unit: "nginx.service"),
      .init(
        transport: .udp, address: .ipv4Unspecified, port: 53, interface: "eth0", isIPv6Only: true, uid: nil, user: nil,
        inode: nil, processes: [], ownerUnknownReason: "unknown", unit: nil),
    ])

  private func line(_ octets: some Sequence<UInt8>) -> [UInt8] { Array(octets.prefix { $0 != UInt8(ascii: "\n") }) }

  private func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }

  @Test("A question is one line, a sample comes back as it was")
  func roundTrip() throws {
    #expect(text(InventoryExchange.question) == "periplus-inventory 1 sample\n")
    try InventoryExchange.check(question: line(InventoryExchange.question))
    let answer = try InventoryExchange.answer(Self.sample)
    let head = line(answer)
    let body = Array(answer.dropFirst(head.count + 1))
    #expect(text(head) == "periplus-inventory 1 sample \(body.count)")
    #expect(try InventoryExchange.head(head) == .sample(length: body.count))
    #expect(try InventoryExchange.sample(body) == Self.sample)
  }

  @Test("A refusal is one line that says why")
  func refusals() throws {
    let refusal = InventoryExchange.refusal("not\nyou")
    #expect(text(refusal) == "periplus-inventory 1 refused not you\n")
    #expect(try InventoryExchange.head(line(refusal)) == .refused(reason: "not you"))
    let long = InventoryExchange.refusal(String(repeating: "x", count: 100_000))
    #expect(long.count <= InventoryExchange.headBytes)
    // A newer service refuses in a way that an older agent can read.
    let newer = Array("periplus-inventory 9 refused too old".utf8)
    #expect(try InventoryExchange.head(newer) == .refused(reason: "too old"))
  }

  @Test(
    "Other questions are refused",
    arguments: [
      "", "GET / HTTP/1.1", "periplus-inventory", "periplus-inventory 1", "periplus-inventory 1 sample ",
      "periplus-inventory 1 all", "periplus-inventory x sample", "periplus-inventory 2 sample",
      "periplus-inventory 99999999999999999999 sample", " periplus-inventory 1 sample",
    ])
  func otherQuestions(question: String) {
    #expect(throws: InventoryServiceError.self) { try InventoryExchange.check(question: Array(question.utf8)) }
  }

  @Test(
    "Nonsense is told from answers",
    arguments: [
      "", "HTTP/1.1 200 OK", "periplus-inventory 1", "periplus-inventory 1 sample", "periplus-inventory 1 sample -1",
      "periplus-inventory 1 sample 33554433", "periplus-inventory 1 sample 12 34", "periplus-inventory 1 other 12",
      "periplus-inventory 2 sample 12", "periplus-inventory 1 sample 99999999999999999999",
    ])
  func otherAnswers(head: String) {
    let error = #expect(throws: InventoryServiceError.self) { try InventoryExchange.head(Array(head.utf8)) }
    #expect(error?.code == .nonsense)
  }

  @Test("Cut and random octets never trap")
  func fuzz() throws {
    let answer = try InventoryExchange.answer(Self.sample)
    let body = Array(answer.dropFirst(line(answer).count + 1))
    for length in 0..<body.count {
      #expect(throws: InventoryServiceError.self) { try InventoryExchange.sample(Array(body.prefix(length))) }
    }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      var octets = Bool.random(using: &generator) ? body : answer
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        octets[Int.random(in: 0..<octets.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      _ = try? InventoryExchange.sample(octets)
      _ = try? InventoryExchange.head(line(octets))
      try? InventoryExchange.check(question: line(octets))
    }
  }

  @Test("A sample with more than the wire takes is refused")
  func tooMany() throws {
    let address = InterfaceAddressReport(interface: "lo", address: .ipv4Loopback, prefixLength: 8)
    let large = InventorySample(
      addresses: Array(repeating: address, count: WireLimits.addressesPerInventory + 1), listeners: [])
    let answer = try InventoryExchange.answer(large)
    let body = Array(answer.dropFirst(line(answer).count + 1))
    #expect(throws: InventoryServiceError.self) { try InventoryExchange.sample(body) }
  }

  @Test("The variables of socket activation must speak of this process and one socket")
  func activation() throws {
    func check(_ variables: [String: String]) throws { try ActivatedListener.check(pid: 42) { variables[$0] } }
    try check(["LISTEN_PID": "42", "LISTEN_FDS": "1"])
    for wrong in [
      [:], ["LISTEN_FDS": "1"], ["LISTEN_PID": "42"], ["LISTEN_PID": "41", "LISTEN_FDS": "1"],
      ["LISTEN_PID": "42", "LISTEN_FDS": "2"], ["LISTEN_PID": "42", "LISTEN_FDS": "0"],
      ["LISTEN_PID": "x", "LISTEN_FDS": "1"],
    ] {
      let error = #expect(throws: InventoryServiceError.self) { try check(wrong) }
      #expect(error?.code == .notActivated)
    }
  }
}
