internal import Glibc
internal import LinuxSystem
internal import LocalSystem

/// The line on a terminal that is drawn again and again; where standard error is no terminal, it is never drawn.
package final class ProgressLine {
  private let stream = StandardStream.error
  private let isActive: Bool
  private var meter: ProgressMeter
  private var isDrawn = false

  /// Back to the first column, and away with what stands there (ECMA-48, EL).
  private static let erase = "\r\u{1b}[K"

  /// - Parameters:
  ///   - meter: what it shows.
  ///   - isWanted: false keeps it away although there is a terminal.
  package init(_ meter: ProgressMeter, isWanted: Bool) {
    self.meter = meter
    isActive = isWanted && stream.isTerminal
  }

  package func draw(_ counts: ProgressMeter.Counts) {
    guard isActive else { return }
    meter.update(counts, at: Double(MonotonicClock.now) / 1e9)
    // A line that wraps could not be erased.
    let width = max(1, (stream.terminalWidth ?? 80) - 1)
    stream.write(Self.erase + meter.line.prefix(width))
    isDrawn = true
  }

  package func clear() {
    guard isDrawn else { return }
    stream.write(Self.erase)
    isDrawn = false
  }

  /// Writes a message where the line stood.
  package func say(_ message: String) {
    clear()
    stream.print(message)
  }
}
