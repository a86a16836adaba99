/// How long a service may take, besides its round trips; all measured from the moment it was its turn.
enum IdentificationPatience {
  /// To greet. Services on a LAN greet within some milliseconds; those that look names up first are heard later, too.
  static let greeting: Duration = .milliseconds(200)

  /// To greet again, for a service that is known to greet late: name servers are asked for 5 s by default
  /// (resolv.conf(5)), which the deadline of the endpoint cuts.
  static let lateGreeting: Duration = .seconds(4)

  /// From the first question until further questions are asked on connections beside it.
  static let stagger: Duration = .milliseconds(120)

  /// Until an unanswered question makes room for the next one; its answer still counts as long as the connection is open.
  static let question: Duration = .milliseconds(350)

  /// Until a question is given up.
  static let answer: Duration = .milliseconds(1_500)

  /// Until HTTP is given up: a page is made before it is sent.
  static let page: Duration = .seconds(3)

  /// A question that follows a recognised answer, and a handshake that has begun.
  static let followUp: Duration = .seconds(2)

  /// Until TLS is given up where the service sends nothing at all.
  static let handshake: Duration = .seconds(2)

  /// For a connection: one lost SYN is sent again after 1 s (RFC 6298, 2.1).
  static let connection: Duration = .seconds(3)
}

extension Duration {
  /// Whole nanoseconds, for the clock of the thread.
  var nanoseconds: UInt64 {
    UInt64(max(0, components.seconds)) * 1_000_000_000 + UInt64(max(0, components.attoseconds) / 1_000_000_000)
  }
}
