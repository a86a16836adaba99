import Glibc
import LinuxSystem
import Synchronization
import Testing
import Worker

@testable import InventoryService

/// Server and client over a real Unix socket; each test has its own.
@Suite("Inventory service", .timeLimit(.minutes(10)))
struct InventoryServerTests {
  /// A service on a thread of its own, until its socket is shut down.
  private final class Service: Sendable {
    let path: String
    let lines = Mutex<[String]>([])
    let samples = Mutex(0)
    private let folder: String
    private let number: Int32
    private let thread = Mutex<SystemThread?>(nil)

    init(
      users: Set<UInt32> = [geteuid()], idle: Duration? = nil,
      sample: @escaping @Sendable () throws -> InventorySample = { InventoryExchangeTests.sample }
    ) throws {
      var template = Array("/tmp/pp-service-XXXXXX".utf8CString)
      try #require(mkdtemp(&template) != nil)
      folder = template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map(UInt8.init), as: UTF8.self) }
      path = folder + "/s"
      let number = try Self.listen(path)
      self.number = number
      thread.withLock { [self] in
        $0 = try? SystemThread(name: "service") {
          var server = InventoryServer(
            Descriptor(owning: number), users: users,
            sample: {
              self.samples.withLock { $0 += 1 }
              return try sample()
            }, log: { line in self.lines.withLock { $0.append(line) } })
          try? server.serve(idle: idle)
        }
      }
    }

    static func listen(_ path: String) throws -> Int32 {
      let descriptor = Descriptor(
        owning: try SystemCall.retrying("socket") { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) })
      let number = descriptor.number
      let address = try #require(LocalAddress(path: path))
      try #require(address.call { Glibc.bind(number, $0, $1) } == 0)
      try #require(Glibc.listen(number, 8) == 0)
      return descriptor.release()
    }

    /// Ends it, and waits.
    func end() {
      shutdown(number, Int32(SHUT_RDWR))
      ended()
    }

    /// Waits for its end.
    func ended() {
      thread.withLock { $0 }?.join()
      unlink(path)
      rmdir(folder)
    }
  }

  /// What comes back for octets that are no question, until the service closes.
  private func raw(_ path: String, _ octets: [UInt8]) throws -> String {
    let descriptor = Descriptor(
      owning: try SystemCall.retrying("socket") { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) })
    let number = descriptor.number
    let address = try #require(LocalAddress(path: path))
    try #require(address.call { connect(number, $0, $1) } == 0)
    _ = send(number, octets, octets.count, Int32(MSG_NOSIGNAL))
    // What was not read of the question resets the connection, behind the answer.
    var answer = [UInt8](repeating: 0, count: 4096)
    let count = recv(number, &answer, answer.count, 0)
    return String(decoding: answer.prefix(max(0, count)), as: UTF8.self)
  }

  @Test("A service that nobody asks ends")
  func idle() throws {
    let service = try Service(idle: .milliseconds(50))
    service.ended()
    #expect(service.lines.withLock { $0 } == [])
  }

  @Test("Each question is answered with a new sample")
  func answers() throws {
    let service = try Service()
    for _ in 0..<3 { #expect(try InventoryClient.sample(at: service.path) == InventoryExchangeTests.sample) }
    service.end()
    #expect(service.samples.withLock { $0 } == 3)
    #expect(service.lines.withLock { $0 } == [])
  }

  @Test("A user that is not named is refused before anything is read, and told of once")
  func strangers() throws {
    let service = try Service(users: [])
    for _ in 0..<2 {
      let error = #expect(throws: InventoryServiceError.self) { try InventoryClient.sample(at: service.path) }
      #expect(error?.code == .refused)
    }
    service.end()
    #expect(service.samples.withLock { $0 } == 0)
    #expect(service.lines.withLock { $0.count } == 1)
  }

  @Test("Bad questions and silent peers are got rid of, and the next is served")
  func badPeers() throws {
    let service = try Service()
    #expect(try raw(service.path, Array("GET / HTTP/1.1\n".utf8)).hasPrefix("periplus-inventory 1 refused this is no"))
    #expect(try raw(service.path, Array("periplus-inventory 7 sample\n".utf8)).contains("speaks version 1, not 7"))
    #expect(try raw(service.path, [UInt8](repeating: 0x61, count: 5_000)).contains("refused"))
    // Never a line: the service gives up after its two seconds.
    #expect(try raw(service.path, Array("periplus".utf8)).contains("does not answer in time"))
    #expect(try InventoryClient.sample(at: service.path) == InventoryExchangeTests.sample)
    service.end()
    #expect(service.lines.withLock { $0.count } == 4)
  }

  @Test("A sample that cannot be taken is a refusal with its reason")
  func failingSample() throws {
    let service = try Service { throw SystemError(call: "recv(AF_NETLINK)", errno: ENOBUFS) }
    let error = #expect(throws: InventoryServiceError.self) { try InventoryClient.sample(at: service.path) }
    #expect(error?.code == .refused)
    #expect(error?.message.contains("recv(AF_NETLINK)") == true)
    service.end()
  }

  @Test("A service that says nothing, nonsense or too little costs the client its patience at the most")
  func badServices() throws {
    let nobody = #expect(throws: InventoryServiceError.self) { try InventoryClient.sample(at: "/nowhere/at/all") }
    #expect(nobody?.code == .failed)
    #expect(throws: InventoryServiceError.self) {
      try InventoryClient.sample(at: String(repeating: "x", count: 200))
    }
    let answers: [(String?, InventoryServiceError.Code)] = [
      (nil, .failed), ("", .failed), ("hello\n", .nonsense), ("periplus-inventory 1 sample 10\n{}", .failed),
      ("periplus-inventory 1 sample 2\n{}", .nonsense), (String(repeating: "y", count: 100_000), .nonsense),
      ("periplus-inventory 1 sample 99999999999\n", .nonsense),
    ]
    for (answer, code) in answers {
      var template = Array("/tmp/pp-service-XXXXXX".utf8CString)
      try #require(mkdtemp(&template) != nil)
      let folder = template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map(UInt8.init), as: UTF8.self) }
      let path = folder + "/s"
      let number = try Service.listen(path)
      let thread = try SystemThread(name: "bad-service") {
        let listener = Descriptor(owning: number)
        let peer = Descriptor(owning: accept(listener.number, nil, nil))
        if let answer {
          let octets = Array(answer.utf8)
          _ = send(peer.number, octets, octets.count, Int32(MSG_NOSIGNAL))
        } else {
          // Silent until the client has gone.
          _ = try? peer.contents(limit: 1 << 16)
        }
      }
      let error = #expect(throws: InventoryServiceError.self) {
        try InventoryClient.sample(at: path, within: .milliseconds(300))
      }
      #expect(error?.code == code, "\(answer ?? "silence")")
      thread.join()
      unlink(path)
      rmdir(folder)
    }
  }
}
