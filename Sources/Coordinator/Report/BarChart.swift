internal import Listing

/// Bars beside each other's names as SVG (SVG 1.1), written by hand: no script, no font, no colour but the page's own.
enum BarChart {
  private static let rowHeight = 22
  private static let labelWidth = 230
  private static let barWidth = 300
  private static let numberWidth = 70

  /// Longer names lose their end; the whole name stands in the bar's title, which a pointer shows.
  private static let nameLength = 32

  /// A figure with its caption; a sentence where there is nothing to show. Lengths are in SVG's user units.
  static func figure(_ caption: String, _ counts: [ReportCount]) -> String {
    let caption = MarkupText.escaped(caption)
    guard let most = counts.map(\.count).max(), most > 0 else {
      return "<figure>\n<figcaption>\(caption)</figcaption>\n<p>Nothing to show.</p>\n</figure>\n"
    }
    let (width, height) = (labelWidth + barWidth + numberWidth, rowHeight * counts.count)
    var text = "<figure>\n<figcaption>\(caption)</figcaption>\n"
    text += "<svg role=\"img\" aria-label=\"\(caption)\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" "
    text += "height=\"\(height)\">\n"
    for (position, bar) in counts.enumerated() {
      let top = position * rowHeight
      // The smallest count is still seen.
      let length = max(2, bar.count * barWidth / most)
      let name = MarkupText.escaped(bar.name)
      text += "<g><title>\(name): \(bar.count)</title>"
      text += "<text class=\"name\" x=\"\(labelWidth - 8)\" y=\"\(top + 15)\">\(shortened(bar.name))</text>"
      text += "<rect x=\"\(labelWidth)\" y=\"\(top + 3)\" width=\"\(length)\" height=\"\(rowHeight - 6)\"/>"
      text += "<text x=\"\(labelWidth + length + 6)\" y=\"\(top + 15)\">\(bar.count)</text></g>\n"
    }
    return text + "</svg>\n</figure>\n"
  }

  private static func shortened(_ name: String) -> String {
    let printable = PrintableText.escaped(name)
    guard printable.count > nameLength else { return MarkupText.escaped(printable) }
    return MarkupText.escaped(String(printable.prefix(nameLength - 1)) + "\u{2026}")
  }
}
