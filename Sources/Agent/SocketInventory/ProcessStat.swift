/// What `/proc/PID/stat` tells (proc_pid_stat(5)).
struct ProcessStat: Equatable {
  let name: String
  let parentPid: Int32

  /// Clock ticks after boot.
  let startTicks: UInt64

  /// nil for text that is no such line.
  init?(_ text: String) {
    // The name stands in parentheses and may hold blanks and parentheses itself: it ends at the last one. By octets, because
    // a name may begin or end with marks that make one character with the parenthesis.
    let octets = text.utf8
    guard let open = octets.firstIndex(of: UInt8(ascii: "(")), let close = octets.lastIndex(of: UInt8(ascii: ")")),
      open < close
    else { return nil }
    name = String(decoding: octets[octets.index(after: open)..<close], as: UTF8.self)
    // Field 3, the state, comes first here: the parent is field 4 and the start time field 22.
    let fields = String(decoding: octets[octets.index(after: close)...], as: UTF8.self).split(
      whereSeparator: \.isWhitespace)
    guard fields.count > 19, let parent = Int32(fields[1]), let ticks = UInt64(fields[19]) else { return nil }
    parentPid = parent
    startTicks = ticks
  }
}
