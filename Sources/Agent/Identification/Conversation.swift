internal import Glibc
internal import LinuxSystem
internal import Model

/// One connection to an endpoint: connects, shakes hands where asked, listens, asks, and has the answer read. Identifier
/// thread only; what happens is told by `events`.
final class Conversation {
  enum Event {
    /// TLS was agreed on at the start.
    case secured(TLSIdentity)

    /// The protocol is known; the conversation may still learn more.
    case certain
    case ended(Outcome)
  }

  enum Outcome {
    case found(ServiceIdentity)

    /// It greeted only after a question had been sent: what follows is answers to two speakers, so that it is better begun
    /// anew.
    case late(ServiceIdentity)
    case nothing
    case unreachable(errno: Int32)

    /// No TLS at the start; `isTLS` where it answered in records of TLS all the same.
    case handshakeFailed(isTLS: Bool, TLSIdentity?, alert: Int?)

    /// HTTP/2 was agreed on, which we do not speak.
    case choseHTTP2
  }

  private enum Stage { case connecting, handshaking, upgrading, listening, asked, following, ended }

  /// What is read of one connection, decrypted; and on the wire, where a certificate chain comes besides.
  static let plainLimit = 16 * 1024
  static let wireLimit = 160 * 1024

  /// A question of this many octets comes back unchanged from echo alone (RFC 862); a short one might by accident.
  private static let sureEcho = 32

  let plan: ConversationPlan
  let number: UInt64
  private(set) var events: [Event] = []

  /// When it is next our turn, nanoseconds.
  private(set) var turnEnds: UInt64

  /// When the question makes room for others; `UInt64.max` while none is open.
  private(set) var overdueAt = UInt64.max

  /// When the first question left; nil before.
  private(set) var askedAt: UInt64?

  /// Since when the service has not answered what was last said first: a handshake or a question.
  private(set) var quietSince: UInt64?

  /// The first octets of the service.
  private(set) var opening: [UInt8] = []
  private(set) var roundTrip: UInt64 = 0

  private let host: String
  private let context: TLSContext
  private let descriptor: Descriptor
  private let began: UInt64
  private var stage = Stage.connecting
  private var tls: TLSSession?
  private var isWireTLS = false
  private var wireCount = 0
  private var plainCount = 0
  private var received: [UInt8] = []
  private var outgoing: [UInt8] = []

  /// What was asked first.
  private var question: [UInt8] = []
  private var readers: [(isGreeting: Bool, read: ServiceReader)] = []
  private var found: ServiceIdentity?
  private var readings = 0
  private var nextReading = 0

  /// Takes over a socket whose connect(2) has begun.
  init(
    _ plan: ConversationPlan, number: UInt64, host: String, descriptor: consuming Descriptor, context: TLSContext,
    now: UInt64
  ) {
    self.plan = plan
    self.number = number
    self.host = host
    self.descriptor = descriptor
    self.context = context
    began = now
    turnEnds = now + IdentificationPatience.connection.nanoseconds
  }

  var socket: Int32 { descriptor.number }

  /// Whether something was received that could still become a known protocol.
  var isPromising: Bool { stage == .upgrading || stage == .following || !received.isEmpty }

  /// Takes what happened since the last call.
  func takeEvents() -> [Event] {
    defer { events = [] }
    return events
  }

  func handle(now: UInt64) {
    if stage == .connecting {
      let code = EndpointSocket.connectError(descriptor.number)
      if code != 0 { return end(.unreachable(errno: code)) }
      roundTrip = now - began
      connected(now: now)
    }
    flush()
    guard stage != .ended else { return }
    let (octets, isOver) = EndpointSocket.read(descriptor.number, limit: Self.wireLimit - wireCount)
    wireCount += octets.count
    take(octets, isOver: isOver || wireCount >= Self.wireLimit, now: now)
    flush()
  }

  /// The turn has ended without what was waited for.
  func expire(now: UInt64) {
    switch stage {
    case .connecting: end(.unreachable(errno: ETIMEDOUT))
    case .handshaking: end(.handshakeFailed(isTLS: isWireTLS, tls?.identity(start: .atOnce), alert: nil))
    case .upgrading: settle()
    case .listening where received.isEmpty:
      if plan.probe == nil { end(.nothing) } else { ask(now: now) }
    case .listening, .asked, .following: consult(isFinal: true, now: now)
    case .ended: break
    }
    flush()
  }

  /// The endpoint's time is over: what has come must do.
  func conclude(now: UInt64) {
    if stage == .upgrading { settle() }
    if stage == .listening || stage == .asked || stage == .following { consult(isFinal: true, now: now) }
    if let found, stage != .ended { end(.found(found)) }
  }

  // MARK: Beginning

  private func connected(now: UInt64) {
    guard let offer = plan.offer else { return talk(now: now) }
    guard let session = TLSSession(context, offer: offer) else { return end(.nothing) }
    tls = session
    stage = .handshaking
    quietSince = now
    turnEnds = now + IdentificationPatience.handshake.nanoseconds + 4 * roundTrip
    shakeHands(now: now)
  }

  private func talk(now: UInt64) {
    guard let listening = plan.listening else { return ask(now: now) }
    stage = .listening
    quietSince = nil
    turnEnds = now + listening.nanoseconds + 2 * roundTrip
    readers = Self.readers(for: nil)
  }

  private func ask(now: UInt64) {
    guard let probe = plan.probe else { return end(.nothing) }
    stage = .asked
    askedAt = now
    quietSince = now
    overdueAt = now + IdentificationPatience.question.nanoseconds + 4 * roundTrip
    let patience = probe.name == ServiceProbes.http.name ? IdentificationPatience.page : IdentificationPatience.answer
    turnEnds = now + patience.nanoseconds + 4 * roundTrip
    readers = Self.readers(for: probe)
    question = probe.payload(host: host)
    say(question)
  }

  private static func readers(for probe: ServiceProbe?) -> [(isGreeting: Bool, read: ServiceReader)] {
    (probe?.readers ?? []).map { (false, $0) }
      + ServiceProbes.commonReaders.enumerated().map { ($0.offset < ServiceProbes.greetingCount, $0.element) }
  }

  // MARK: Octets

  private func say(_ octets: [UInt8]) {
    if let tls { tls.write(octets) } else { outgoing += octets }
  }

  private func flush() {
    guard stage != .ended, stage != .connecting else { return }
    if let tls { outgoing += tls.takeOutgoing() }
    while !outgoing.isEmpty {
      // A broken connection shows when it is read: what came before may still be there.
      guard let count = EndpointSocket.send(descriptor.number, outgoing[...]) else {
        outgoing = []
        return
      }
      if count == 0 { return }
      outgoing.removeFirst(count)
    }
  }

  private func take(_ octets: [UInt8], isOver: Bool, now: UInt64) {
    guard let tls else { return hear(octets, isOver: isOver, now: now) }
    if let first = octets.first, wireCount == octets.count, plan.offer != nil {
      isWireTLS = Self.isTLS(octets, first: first)
    }
    tls.receive(octets[...])
    if stage == .handshaking || stage == .upgrading {
      shakeHands(now: now)
      if isOver, stage == .handshaking {
        end(.handshakeFailed(isTLS: isWireTLS, tls.identity(start: .atOnce), alert: nil))
      }
      if isOver, stage == .upgrading { settle() }
      guard stage == .listening || stage == .asked else { return }
    }
    let (plain, isClosed) = tls.read(limit: Self.plainLimit - plainCount + 1)
    hear(plain, isOver: isOver || isClosed, now: now)
  }

  /// Whether these begin as a server's first record of TLS: a handshake record with a ServerHello, or an alert of two octets
  /// (RFC 8446, 5.1 and 6); not our own ClientHello, which an echo sends back.
  private static func isTLS(_ octets: [UInt8], first: UInt8) -> Bool {
    guard octets.count > 5, octets[1] == 3 else { return false }
    return first == 22 && octets[5] == 2 || first == 21 && octets[3] == 0 && octets[4] == 2
  }

  private func hear(_ octets: [UInt8], isOver: Bool, now: UInt64) {
    guard stage == .listening || stage == .asked || stage == .following else { return }
    plainCount += octets.count
    received += octets
    if stage != .following, opening.count < WireText.bannerLimit {
      opening += octets.prefix(WireText.bannerLimit - opening.count)
    }
    let isFinal = isOver || plainCount >= Self.plainLimit
    if octets.isEmpty, !isFinal { return }
    // Whoever sends octet by octet does not make every reader begin again for each of them.
    guard isFinal || readings < 64 || received.count >= nextReading else { return }
    readings += 1
    nextReading = received.count + received.count / 8 + 1
    consult(isFinal: isFinal, now: now)
  }

  // MARK: Handshakes

  private func shakeHands(now: UInt64) {
    guard let tls else { return }
    switch tls.shakeHands() {
    case .waiting:
      // It has begun to answer: then its certificate may take its time.
      if isWireTLS { turnEnds = max(turnEnds, began + roundTrip + IdentificationPatience.followUp.nanoseconds) }
    case .failed(let alert):
      if stage == .upgrading { return settle() }
      end(.handshakeFailed(isTLS: isWireTLS, tls.identity(start: .atOnce), alert: alert))
    case .established:
      if stage == .upgrading { return settle() }
      guard let identity = tls.identity(start: .atOnce) else { return end(.nothing) }
      events.append(.secured(identity))
      if identity.alpn == "h2" { return end(.choseHTTP2) }
      talk(now: now)
    }
  }

  private func upgrade(_ identity: ServiceIdentity, now: UInt64) {
    found = identity
    // The offer names no protocol: this one is spoken already.
    guard let session = TLSSession(context, offer: .nothing) else { return end(.found(identity)) }
    tls = session
    stage = .upgrading
    overdueAt = .max
    turnEnds = now + IdentificationPatience.followUp.nanoseconds + 4 * roundTrip
    shakeHands(now: now)
  }

  /// Ends a handshake within a protocol with whatever it has shown.
  private func settle() {
    guard var identity = found else { return end(.nothing) }
    if let shown = tls?.identity(start: .upgrade) {
      identity.tls = shown
      identity.confidence = .certain
    }
    end(.found(identity))
  }

  // MARK: Reading

  private func consult(isFinal: Bool, now: UInt64) {
    var remaining: [(isGreeting: Bool, read: ServiceReader)] = []
    if stage == .asked, !received.isEmpty, received.starts(with: question.prefix(received.count)) {
      // Octets that are our own are nobody's answer.
      if received.count < question.count { return isFinal ? end(.nothing) : () }
      let isSure = question.count >= Self.sureEcho
      return end(.found(.named("echo", ProductText(product: nil, version: nil), isSure ? .certain : .likely)))
    }
    if !received.isEmpty {
      let current = Received(received[...], isFinal: isFinal)
      for reader in readers {
        switch reader.read(current) {
        case .foreign: break
        case .incomplete: remaining.append(reader)
        case .recognised(let identity): return end(.found(identity))
        case .securing(let identity): return upgrade(identity, now: now)
        case .asking(let identity, let question):
          if reader.isGreeting, stage == .asked {
            // A greeting in place of an answer; unless the question was this protocol's own, whose reader then knows better.
            guard plan.probe?.name != identity.service else {
              remaining.append(reader)
              break
            }
            return end(.late(identity))
          }
          return follow(question, identity, isFinal: isFinal, now: now)
        }
      }
      readers = remaining
    }
    if remaining.isEmpty && !received.isEmpty || isFinal { end(found.map { .found($0) } ?? .nothing) }
  }

  private func follow(_ question: FollowUp, _ identity: ServiceIdentity, isFinal: Bool, now: UInt64) {
    found = identity
    if identity.confidence == .certain { events.append(.certain) }
    guard !isFinal else { return end(.found(identity)) }
    if let consumed = question.consumed { received.removeFirst(min(consumed, received.count)) } else { received = [] }
    stage = .following
    overdueAt = .max
    turnEnds = now + IdentificationPatience.followUp.nanoseconds + 4 * roundTrip
    readers = [(false, question.reader)]
    say(question.request)
    if !received.isEmpty { consult(isFinal: false, now: now) }
  }

  private func end(_ outcome: Outcome) {
    guard stage != .ended else { return }
    stage = .ended
    events.append(.ended(outcome))
  }
}
