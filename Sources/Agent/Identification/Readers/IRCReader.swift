internal import Model

/// IRC (RFC 2812): notices before registration, numerics after it; 004 and 002 name the software.
enum IRCReader {
  static let registration = Array("NICK ppvisitor\r\nUSER periplus 0 * :periplus\r\n".utf8)

  static let greeting: ServiceReader = { received in
    let octets = received.octets
    guard let line = Octets.firstLine(octets) else {
      return octets.count > 512 || !couldBegin(octets) ? .foreign : .incomplete
    }
    // Others may say ERROR, too: then it must be about IRC.
    guard isMessage(line), !Octets.hasPrefix(line, "ERROR") || Octets.contains(line, "IRC") else { return .foreign }
    return .asking(.named("irc"), FollowUp(registration) { registered($0, .named("irc")) })
  }

  /// What came after NICK and USER.
  static let answer: ServiceReader = { received in
    guard let line = Octets.firstLine(received.octets) else {
      return received.octets.count > 512 || !couldBegin(received.octets) ? .foreign : .incomplete
    }
    guard isMessage(line) else { return .foreign }
    return registered(received, .named("irc"))
  }

  private static func couldBegin(_ octets: ArraySlice<UInt8>) -> Bool {
    octets.first == UInt8(ascii: ":") || ["NOTICE", "PING", "ERROR"].contains { $0.utf8.first == octets.first }
  }

  private static func isMessage(_ line: ArraySlice<UInt8>) -> Bool {
    if ["NOTICE ", "PING :", "ERROR :"].contains(where: { Octets.hasPrefix(line, $0) }) { return true }
    let words = line.split(separator: 0x20, maxSplits: 2)
    guard words.count == 3, words[0].first == UInt8(ascii: ":") else { return false }
    return words[1].elementsEqual("NOTICE".utf8) || words[1].count == 3 && words[1].allSatisfy(Octets.isDigit)
  }

  /// Waits for `:server 004 nick server version ...`; a server may ask for a PONG first.
  private static func registered(_ received: Received, _ identity: ServiceIdentity) -> Reading {
    let lines = Octets.lines(received.octets)
    for line in lines {
      let words = line.split(separator: 0x20)
      guard words.count >= 5, words[1].elementsEqual("004".utf8) else { continue }
      return .recognised(.named("irc", ProductText(words: words[4])))
    }
    let isTaken = lines.last?.split(separator: 0x20).dropFirst().first?.elementsEqual("433".utf8) == true
    if isTaken {
      // Another visit of ours has not been forgotten yet.
      return .asking(identity, FollowUp("NICK ppvisitor\(received.octets.count)\r\n") { registered($0, identity) })
    }
    if lines.contains(where: { Octets.hasPrefix($0, "ERROR") }) || received.isFinal { return .recognised(identity) }
    if let ping = lines.last, Octets.hasPrefix(ping, "PING ") {
      return .asking(
        identity, FollowUp(Array("PONG ".utf8) + ping.dropFirst(5) + [13, 10]) { registered($0, identity) })
    }
    return .incomplete
  }
}
