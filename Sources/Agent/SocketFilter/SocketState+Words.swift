extension SocketState {
  /// Every word that a state filter takes, in lower case, as ss spells them (ss(8), STATE-FILTER).
  package static let words: [String: Set<SocketState>] = {
    var words: [String: Set<SocketState>] = [
      "syn-rcv": [.synReceived], "closed": [.unconnected], "close": [.unconnected], "all": .all,
      "connected": .connected, "synchronized": .synchronized, "bucket": .bucket, "big": .big,
    ]
    for state in allCases { words[state.rawValue] = [state] }
    return words
  }()

  /// Words of other tools, and what they are called here.
  static let foreignWords = [
    "listen": "listening", "estab": "established", "unconn": "unconnected", "new-syn-recv": "syn-recv",
    "fin-wait": "fin-wait-1 or fin-wait-2", "timewait": "time-wait", "syn_sent": "syn-sent", "syn_recv": "syn-recv",
    "fin_wait1": "fin-wait-1", "fin_wait2": "fin-wait-2", "time_wait": "time-wait", "close_wait": "close-wait",
    "last_ack": "last-ack",
  ]
}
