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

  enum Stage { case connecting, handshaking, upgrading, listening, asked, following, ended }

  /// What is read of one connection, decrypted; and on the wire, where a certificate chain comes besides.
  static let plainLimit = 16 * 1024
  static let wireLimit = 160 * 1024

  /// So many octets tell a record of TLS: type, version, length (RFC 8446, 5.1), and what its content begins with.
  static let recordStart = 6

  /// A question of this many octets comes back unchanged from echo alone (RFC 862); a short one might by accident.
  static let sureEcho = 32

  let plan: ConversationPlan
  let number: UInt64
  var events: [Event] = []

  /// When it is next our turn, nanoseconds.
  var turnEnds: UInt64

  /// When the question makes room for others; `UInt64.max` while none is open.
  var overdueAt = UInt64.max

  /// When the first question left; nil before.
  var askedAt: UInt64?

  /// Since when the service has not answered what was last said first: a handshake or a question.
  var quietSince: UInt64?

  /// The first octets of the service.
  var opening: [UInt8] = []
  var roundTrip: UInt64 = 0

  let host: String
  let context: TLSContext
  let descriptor: Descriptor
  let began: UInt64
  var stage = Stage.connecting
  var tls: TLSSession?
  var isWireTLS = false

  /// The first octets on the wire, however they were cut into segments.
  var wireOpening: [UInt8] = []
  var wireCount = 0

  /// Whether the service ended the connection.
  var wasClosed = false
  var plainCount = 0
  var received: [UInt8] = []
  var outgoing: [UInt8] = []

  /// What was asked first.
  var question: [UInt8] = []
  var readers: [(isGreeting: Bool, read: ServiceReader)] = []
  var found: ServiceIdentity?
  var readings = 0
  var nextReading = 0

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
    let isPlain = tls == nil && plan.offer == nil
    let limit = isPlain ? Self.plainLimit - plainCount : Self.wireLimit - wireCount
    let (octets, isOver) = EndpointSocket.read(descriptor.number, limit: limit)
    wireCount += octets.count
    if isOver { wasClosed = true }
    take(octets, isOver: isOver || octets.count >= limit, now: now)
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

  func connected(now: UInt64) {
    guard let offer = plan.offer else { return talk(now: now) }
    guard let session = TLSSession(context, offer: offer) else { return end(.nothing) }
    tls = session
    stage = .handshaking
    quietSince = now
    turnEnds = now + IdentificationPatience.handshake.nanoseconds + 4 * roundTrip
    shakeHands(now: now)
  }

  func talk(now: UInt64) {
    guard let listening = plan.listening else { return ask(now: now) }
    stage = .listening
    quietSince = nil
    turnEnds = now + listening.nanoseconds + 2 * roundTrip
    readers = Self.readers(for: nil)
  }

  func ask(now: UInt64) {
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

  static func readers(for probe: ServiceProbe?) -> [(isGreeting: Bool, read: ServiceReader)] {
    (probe?.readers ?? []).map { (false, $0) }
      + ServiceProbes.commonReaders.enumerated().map { ($0.offset < ServiceProbes.greetingCount, $0.element) }
  }

  // MARK: Octets

  func say(_ octets: [UInt8]) {
    if let tls { tls.write(octets) } else { outgoing += octets }
  }

  func flush() {
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

  func take(_ octets: [UInt8], isOver: Bool, now: UInt64) {
    guard let tls else { return hear(octets, isOver: isOver, now: now) }
    if plan.offer != nil, wireOpening.count < Self.recordStart {
      wireOpening += octets.prefix(Self.recordStart - wireOpening.count)
      isWireTLS = Self.isTLS(wireOpening)
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

  func hear(_ octets: [UInt8], isOver: Bool, now: UInt64) {
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
}
