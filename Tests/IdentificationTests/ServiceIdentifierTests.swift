import Dispatch
import Glibc
import LinuxSystem
import Model
import Synchronization
import Testing

@testable import Identification

/// When connections were begun.
private final class Starts: Sendable {
  private let noted = Mutex<[UInt64]>([])
  var times: [UInt64] { noted.withLock { $0 } }

  /// How many there are with this one.
  func note() -> Int {
    noted.withLock { noted in
      noted.append(MonotonicClock.now)
      return noted.count
    }
  }
}

/// Holds the identifier's thread before its first connection until the test goes on, so that what is asked cannot come to an end
/// of its own before the test ends it, however busy the machine is.
private final class Gate: Sendable {
  private let opened = DispatchSemaphore(value: 0)
  private let (arrivals, arrival) = AsyncStream<Void>.makeStream()

  /// For the identifier's thread; bounded.
  func pass() -> Bool {
    arrival.yield()
    _ = opened.wait(timeout: .now() + .seconds(600))
    opened.signal()
    return true
  }

  func waitForArrival() async { for await _ in arrivals { break } }
  func open() { opened.signal() }
}

@Suite("The identifier")
struct ServiceIdentifierTests {
  /// Nothing but the test ends what is asked.
  private static let endless = {
    var configuration = ServiceIdentifier.Configuration()
    configuration.deadline = .seconds(600)
    return configuration
  }()

  private let loopback = HostAddress(.ipv4Loopback)

  @Test("A port that refuses is unreachable, not a service")
  func refused() async throws {
    let identifier = try ServiceIdentifier()
    defer { identifier.shutdown() }
    // Bound and not listening: nobody else can take the port meanwhile.
    let socket = try LoopbackSocket(isListening: false)
    let result = await identifier.identify(loopback, socket.port) { _, _ in true }
    #expect(result == .failed(.unreachable(errno: ECONNREFUSED)))
  }

  @Test("What the policy forbids is never connected to")
  func forbidden() async throws {
    let identifier = try ServiceIdentifier()
    defer { identifier.shutdown() }
    let socket = try LoopbackSocket(isListening: true)
    let result = await identifier.identify(loopback, socket.port) { host, port in
      #expect(host == HostAddress(.ipv4Loopback))
      #expect(port.transport == .tcp)
      return false
    }
    #expect(result == .failed(.forbidden))
    var waiting = pollfd(fd: socket.descriptor.number, events: Int16(POLLIN), revents: 0)
    #expect(poll(&waiting, 1, 0) == 0)
  }

  @Test("Connections keep their distance, in all and to a host", arguments: [true, false])
  func keepsDistance(perHost: Bool) async throws {
    var configuration = ServiceIdentifier.Configuration()
    if perHost {
      configuration.connectionIntervalPerHost = .milliseconds(40)
    } else {
      configuration.connectionInterval = .milliseconds(40)
    }
    let identifier = try ServiceIdentifier(configuration)
    defer { identifier.shutdown() }
    let first = try LoopbackSocket(isListening: true)
    let second = try LoopbackSocket(isListening: true)
    let ports = [first.port, second.port]
    let starts = Starts()
    let host = loopback
    await withTaskGroup(of: Void.self) { group in
      for port in ports {
        group.addTask { _ = await identifier.identify(host, port) { _, _ in starts.note() < 12 } }
      }
    }
    let begun = starts.times
    #expect(begun.count >= 12)
    for (earlier, later) in zip(begun, begun.dropFirst()).prefix(10) { #expect(later - earlier >= 39_000_000) }
  }

  @Test("Cancelling the task ends what is asked")
  func cancelled() async throws {
    let identifier = try ServiceIdentifier(Self.endless)
    defer { identifier.shutdown() }
    let socket = try LoopbackSocket(isListening: true)
    let gate = Gate()
    let (host, port) = (loopback, socket.port)
    let task = Task { await identifier.identify(host, port) { _, _ in gate.pass() } }
    await gate.waitForArrival()
    task.cancel()
    gate.open()
    #expect(await task.value == .failed(.cancelled))
  }

  @Test("Shutting down ends what waits, and nothing is taken after it")
  func shutDown() async throws {
    let identifier = try ServiceIdentifier(Self.endless)
    let socket = try LoopbackSocket(isListening: true)
    let gate = Gate()
    let (host, port) = (loopback, socket.port)
    async let asked = identifier.identify(host, port) { _, _ in gate.pass() }
    await gate.waitForArrival()
    gate.open()
    identifier.shutdown()
    #expect(await asked == .failed(.cancelled))
    #expect(await identifier.identify(loopback, socket.port) { _, _ in true } == .failed(.cancelled))
  }

  @Test("Cancelling all ends what is asked and whatever is asked afterwards")
  func cancelledForGood() async throws {
    let identifier = try ServiceIdentifier(Self.endless)
    defer { identifier.shutdown() }
    let socket = try LoopbackSocket(isListening: true)
    let gate = Gate()
    let (host, port) = (loopback, socket.port)
    async let asked = identifier.identify(host, port) { _, _ in gate.pass() }
    await gate.waitForArrival()
    identifier.cancelAll()
    gate.open()
    #expect(await asked == .failed(.cancelled))
    for _ in 0..<3 { #expect(await identifier.identify(host, port) { _, _ in true } == .failed(.cancelled)) }
  }

  @Test("An alert of TLS is known however its octets are cut into segments", .timeLimit(.minutes(20)))
  func segmentedAlert() async throws {
    let server = try ScriptedServer { connection in
      var octets = [UInt8](repeating: 0, count: 4096)
      guard recv(connection, &octets, octets.count, 0) > 0 else { return }
      guard octets[0] == 22 else {
        // Nothing that is not TLS is answered, until it goes away.
        while recv(connection, &octets, octets.count, 0) > 0 {}
        return
      }
      // handshake_failure (RFC 8446, 6.2).
      for part in [[21, 3, 3], [0, 2, 2, 40]] as [[UInt8]] {
        send(connection, part, part.count, Int32(MSG_NOSIGNAL))
        usleep(100_000)
      }
    }
    let identifier = try ServiceIdentifier()
    defer { identifier.shutdown() }
    let result = await identifier.identify(loopback, server.port) { _, _ in true }
    guard case .identified(let identity) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(identity.service == "tls")
  }

  /// The limit is against hanging, not a measure: the machine may be busy.
  @Test("A service that accepts and stays silent is unidentified when its time is over", .timeLimit(.minutes(20)))
  func silent() async throws {
    var configuration = ServiceIdentifier.Configuration()
    configuration.deadline = .milliseconds(400)
    let identifier = try ServiceIdentifier(configuration)
    defer { identifier.shutdown() }
    let socket = try LoopbackSocket(isListening: true)
    let result = await identifier.identify(loopback, socket.port) { _, _ in true }
    #expect(result == .unidentified(banner: nil))
  }
}
