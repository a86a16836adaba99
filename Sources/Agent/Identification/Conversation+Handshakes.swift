internal import Model

/// TLS, at the start and within a protocol.
extension Conversation {
  /// Whether these begin as a server's first record of TLS: a handshake record with a ServerHello, or an alert of two octets
  /// (RFC 8446, 5.1 and 6); not our own ClientHello, which an echo sends back.
  static func isTLS(_ octets: [UInt8]) -> Bool {
    guard octets.count >= recordStart, octets[1] == 3 else { return false }
    return octets[0] == 22 && octets[5] == 2 || octets[0] == 21 && octets[3] == 0 && octets[4] == 2
  }

  func shakeHands(now: UInt64) {
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

  func upgrade(_ identity: ServiceIdentity, now: UInt64) {
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
  func settle() {
    guard var identity = found else { return end(.nothing) }
    if let shown = tls?.identity(start: .upgrade) {
      identity.tls = shown
      identity.confidence = .certain
    }
    end(.found(identity))
  }
}
