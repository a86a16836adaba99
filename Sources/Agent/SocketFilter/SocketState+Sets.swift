extension Set<SocketState> {
  package static let all = Set(SocketState.allCases)

  /// What `-a` shows: all but bound-inactive, for which the kernel walks another table, as long as that of all sockets.
  package static let shownWithAll = all.subtracting([.boundInactive])

  /// What ss shows when asked for nothing in particular: all but listening, closed, time-wait, syn-recv and
  /// bound-inactive.
  package static let shownUnasked = connected.subtracting([.timeWait, .synReceived])

  /// What ss shows with `-l`: listening TCP and unconnected UDP.
  package static let waiting: Set<SocketState> = [.listening, .unconnected]

  /// ss's group `connected`: whatever has a peer.
  package static let connected = all.subtracting([.listening, .unconnected, .boundInactive])

  /// ss's group `synchronized`: connected without syn-sent.
  package static let synchronized = connected.subtracting([.synSent])

  /// ss's group `bucket`: what the kernel keeps as minisockets.
  package static let bucket: Set<SocketState> = [.timeWait, .synReceived]

  /// ss's group `big`: the rest.
  package static let big = all.subtracting(bucket)
}
