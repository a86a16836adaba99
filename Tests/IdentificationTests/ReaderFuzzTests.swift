import Model
import SeededRandom
import Testing

@testable import Identification

@Suite("Readers of hostile octets")
struct ReaderFuzzTests {
  static let readers =
    ServiceProbes.commonReaders + ServiceProbes.others.flatMap(\.readers) + ServiceProbes.http.readers

  /// Plays octets to a reader, as one chunk and as the end of the stream, and again to the reader of its question.
  private func feed(_ octets: [UInt8], to reader: ServiceReader, depth: Int = 0) {
    for isFinal in [false, true] {
      guard case .asking(let identity, let question) = reader(Received(octets[...], isFinal: isFinal)) else { continue }
      #expect(isClean(identity))
      if depth < 4 { feed(octets, to: question.reader, depth: depth + 1) }
      let rest = octets.dropFirst(question.consumed ?? octets.count)
      if depth < 4, !rest.isEmpty { feed(Array(rest), to: question.reader, depth: depth + 1) }
    }
  }

  private func isClean(_ identity: ServiceIdentity) -> Bool {
    [identity.product, identity.version, identity.http?.title, identity.ssh?.software].allSatisfy { text in
      text?.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) } ?? true
    }
  }

  @Test("Random octets never trap a reader")
  func random() {
    var generator = SeededGenerator(seed: 20261123)
    for _ in 0..<400 {
      let octets = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      for reader in Self.readers { feed(octets, to: reader) }
    }
  }

  @Test("Noise behind a true beginning never traps a reader")
  func noiseBehindATrueBeginning() {
    var generator = SeededGenerator(seed: 20261126)
    for exchange in Recorded.all {
      for _ in 0..<100 {
        var answers = exchange.answers
        let index = Int.random(in: answers.indices, using: &generator)
        let kept = answers[index].prefix(Int.random(in: 0...answers[index].count, using: &generator))
        let noise = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
          UInt8.random(in: 0...255, using: &generator)
        }
        answers[index] = kept + noise
        for isClosed in [false, true] {
          if let identity = exchange.play(answers: answers, isClosed: isClosed).identity { #expect(isClean(identity)) }
        }
        feed(answers[index], to: exchange.reader)
      }
    }
  }

  @Test("Every reader is reached beyond its first check by some recorded exchange")
  func reach() {
    // What a reader makes of its own exchange: random octets alone fail most readers' first octet.
    for (position, reader) in Self.readers.enumerated() {
      let isReached = Recorded.all.contains { Exchange("reach", reader, []).play(answers: $0.answers).identity != nil }
      #expect(isReached, "reader \(position) of ServiceProbes knows none of the recorded exchanges")
    }
  }

  @Test("Every truncation of a recorded exchange is survived, and none is taken for another service")
  func truncations() {
    for exchange in Recorded.all {
      let whole = exchange.play().identity?.service
      for index in exchange.answers.indices {
        for length in exchange.answers[index].indices {
          let cut = Array(exchange.answers[..<index]) + [Array(exchange.answers[index][..<length])]
          for isClosed in [false, true] {
            let identity = exchange.play(answers: cut, isClosed: isClosed).identity
            if identity?.confidence == .certain, index == exchange.answers.count - 1, index > 0 {
              #expect(identity?.service == whole)
            }
          }
        }
      }
    }
  }

  @Test("Flipped bits of recorded exchanges never trap a reader")
  func bitFlips() {
    var generator = SeededGenerator(seed: 20261124)
    for exchange in Recorded.all {
      for _ in 0..<150 {
        var answers = exchange.answers
        let index = Int.random(in: answers.indices, using: &generator)
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !answers[index].isEmpty {
          let place = Int.random(in: answers[index].indices, using: &generator)
          answers[index][place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        }
        _ = exchange.play(answers: answers)
        _ = exchange.play(answers: answers, isClosed: true)
        feed(answers[index], to: exchange.reader)
      }
    }
  }

  @Test("Lengths that promise more than there is are survived")
  func promises() {
    for fill: UInt8 in [0x00, 0x7f, 0x80, 0x81, 0x84, 0xff] {
      for exchange in Recorded.all {
        for index in exchange.answers.indices {
          for place in exchange.answers[index].indices {
            var answers = exchange.answers
            answers[index][place] = fill
            _ = exchange.play(answers: answers, isClosed: true)
          }
        }
      }
    }
  }

  @Test("A TLS session survives whatever a server sends for a handshake")
  func handshake() throws {
    let context = try #require(TLSContext())
    var generator = SeededGenerator(seed: 20261125)
    for round in 0..<200 {
      let session = try #require(TLSSession(context, offer: .everything))
      #expect(session.shakeHands() == .waiting)
      var octets = (0..<Int.random(in: 1...600, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      // Half of them begin as a handshake record of TLS 1.2 that is as long as what follows.
      if round.isMultiple(of: 2) { octets = [22, 3, 3] + BigEndian.two(octets.count) + octets }
      session.receive(octets[...])
      _ = session.shakeHands()
      _ = session.read(limit: 100)
      #expect(session.identity(start: .atOnce) == nil)
    }
  }
}
