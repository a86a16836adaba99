import Model

@testable import Identification

/// A recorded exchange: what a service sends at first, and after each of our questions.
struct Exchange: Sendable, CustomStringConvertible {
  let name: String
  let reader: ServiceReader
  var answers: [[UInt8]]

  var description: String { name }

  init(_ name: String, _ reader: @escaping ServiceReader, _ answers: [UInt8]...) {
    self.name = name
    self.reader = reader
    self.answers = answers
  }

  init(_ name: String, _ reader: @escaping ServiceReader, text answers: String...) {
    self.name = name
    self.reader = reader
    self.answers = answers.map { Array($0.utf8) }
  }

  /// What came of an exchange.
  struct Outcome {
    var identity: ServiceIdentity?
    var questions: [[UInt8]] = []

    /// Whether the service was left waiting for a TLS handshake.
    var isSecuring = false
  }

  /// Plays the answers to the reader as a conversation would; the last one ends the stream where `isClosed`.
  func play(answers: [[UInt8]]? = nil, isClosed: Bool = false) -> Outcome {
    var outcome = Outcome()
    var reader = reader
    var rest: [UInt8] = []
    let answers = answers ?? self.answers
    for (index, answer) in answers.enumerated() {
      rest += answer
      let isFinal = isClosed && index == answers.count - 1
      // A question may leave octets over, which are the answer to the next one already.
      reading: while true {
        switch reader(Received(rest[...], isFinal: isFinal)) {
        case .incomplete, .foreign: break reading
        case .recognised(let identity):
          outcome.identity = identity
          return outcome
        case .securing(let identity):
          outcome.identity = identity
          outcome.isSecuring = true
          return outcome
        case .asking(let identity, let question):
          outcome.identity = identity
          outcome.questions.append(question.request)
          reader = question.reader
          rest.removeFirst(min(question.consumed ?? rest.count, rest.count))
          if rest.isEmpty { break reading }
        }
      }
    }
    return outcome
  }
}
