internal import Model

/// Answers read, and questions that follow them.
extension Conversation {
  func consult(isFinal: Bool, now: UInt64) {
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

  func follow(_ question: FollowUp, _ identity: ServiceIdentity, isFinal: Bool, now: UInt64) {
    found = identity
    if identity.confidence == .certain { events.append(.certain) }
    guard !isFinal else { return end(.found(identity)) }
    if let consumed = question.consumed { received.removeFirst(min(consumed, received.count)) } else { received = [] }
    stage = .following
    overdueAt = .max
    turnEnds = now + IdentificationPatience.followUp.nanoseconds + 4 * roundTrip
    readers = [(false, question.reader)]
    (readings, nextReading) = (0, 0)
    say(question.request)
    if !received.isEmpty { consult(isFinal: false, now: now) }
  }

  func end(_ outcome: Outcome) {
    guard stage != .ended else { return }
    stage = .ended
    events.append(.ended(outcome))
  }
}
