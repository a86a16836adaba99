/// What `/proc/PID/stat` tells (proc_pid_stat(5)).
struct ProcessStat: Equatable {
  let name: String
  let parentPid: Int32

  /// Clock ticks after boot.
  let startTicks: UInt64

  /// nil for text that is no such line.
  init?(_ text: String) {
    // The name stands in parentheses and may hold blanks and parentheses itself: it ends at the last one.
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
    name = String(text[text.index(after: open)..<close])
    // Field 3, the state, comes first here: the parent is field 4 and the start time field 22.
    let fields = text[text.index(after: close)...].split(whereSeparator: \.isWhitespace)
    guard fields.count > 19, let parent = Int32(fields[1]), let ticks = UInt64(fields[19]) else { return nil }
    parentPid = parent
    startTicks = ticks
  }
}
