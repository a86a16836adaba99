/// Text and tables in GitHub's Markdown (github.github.com/gfm).
package enum MarkdownText {
  /// Text of strangers inside a paragraph or a table's cell: nothing in it begins markup, ends its cell or its line, or
  /// becomes a link by itself.
  package static func escaped(_ text: String) -> String {
    let printable = PrintableText.escaped(text)
    var result = ""
    var before: [Unicode.Scalar] = []
    let scalars = Array(printable.unicodeScalars)
    for (position, scalar) in scalars.enumerated() {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\\", "`", "*", "_", "[", "]", "|", "~", "$", "#", "!", "@": result += "\\" + String(scalar)
      // Addresses that GFM makes links of without brackets (6.9): their schemes, and `www.`.
      case ":" where position + 1 < scalars.count && scalars[position + 1] == "/": result += "\\:"
      case "." where before.suffix(3).allSatisfy({ $0 == "w" || $0 == "W" }) && before.count >= 3: result += "\\."
      default: result.unicodeScalars.append(scalar)
      }
      before.append(scalar)
      if before.count > 3 { before.removeFirst() }
    }
    return result
  }

  /// A table's heading and the line below it, each with its line break.
  package static func heading(_ columns: [ListingColumn]) -> String {
    let rule = columns.map { $0.alignment == .trailing ? " ---: |" : " --- |" }.joined()
    return "|" + columns.map { " \(escaped($0.title)) |" }.joined() + "\n|" + rule + "\n"
  }

  /// A line of a table, its cells escaped.
  package static func row(_ cells: [ListingValue]) -> String {
    "|" + cells.map { " \(escaped($0.plainText)) |" }.joined() + "\n"
  }

  /// A whole table.
  package static func table(_ listing: Listing) -> String {
    heading(listing.columns) + listing.rows.map(row).joined()
  }
}
