internal import SocketFilter

/// Options of `sockets` as users of lsof type them, made into what the argument parser reads.
enum SocketSpelling {
  /// The arguments behind the program's name, with each `-i`, whose value may be missing, joined or separate, and may stand
  /// behind other switches (`-nPi :80`), as `--internet=VALUE` (`any` for none), and lsof's `-s TCP:LISTEN` as `--lsof-state=VALUE`. Pure;
  /// everything else passes unchanged, and so does all that follows a `--`.
  static func rewritten(_ arguments: [String]) -> [String] {
    guard arguments.first(where: { !$0.hasPrefix("-") }) == "sockets" else { return arguments }
    let end = arguments.firstIndex(of: "--") ?? arguments.count
    var result: [String] = []
    var position = 0
    while position < end {
      let argument = arguments[position]
      position += 1
      guard let (switches, letter, joined) = split(argument) else {
        result.append(argument)
        continue
      }
      let next = position < end ? arguments[position] : nil
      if letter == "i" {
        var value = joined
        if value.isEmpty, let next, !next.hasPrefix("-"), !SocketFilterParser.beginsFilter(next) {
          value = next
          position += 1
        }
        if !switches.isEmpty { result.append("-" + switches) }
        result.append("--internet=" + (value.isEmpty ? SocketChoice.anyAddress : value))
      } else if let value = [joined, joined.isEmpty ? next ?? "" : ""].first(where: isProtocolAndState) {
        if joined.isEmpty { position += 1 }
        if !switches.isEmpty { result.append("-" + switches) }
        result.append("--lsof-state=" + value)
      } else {
        result.append(argument)
      }
    }
    return result + arguments[end...]
  }

  /// The switches before the first `i` or `s` of a cluster, that letter, and what follows it; nil for other arguments. What
  /// follows an `o` is its value.
  private static func split(_ argument: String) -> (switches: String, letter: Character, rest: String)? {
    guard argument.hasPrefix("-"), !argument.hasPrefix("--") else { return nil }
    let cluster = argument.dropFirst()
    guard let index = cluster.firstIndex(where: { "iso".contains($0) }), cluster[index] != "o" else { return nil }
    if cluster[index] == "s", !isProtocolAndState(String(cluster[cluster.index(after: index)...])),
      let other = cluster[index...].firstIndex(of: "i"), !cluster[index..<other].contains("o")
    {
      // `-si :80`: a summary of an address.
      return (String(cluster[..<other]), "i", String(cluster[cluster.index(after: other)...]))
    }
    return (String(cluster[..<index]), cluster[index], String(cluster[cluster.index(after: index)...]))
  }

  private static func isProtocolAndState(_ text: String) -> Bool {
    let lower = text.lowercased()
    return lower.hasPrefix("tcp:") || lower.hasPrefix("udp:")
  }
}
