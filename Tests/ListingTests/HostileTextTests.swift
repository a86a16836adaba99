import Listing
import Testing

@Suite("What strangers' texts cannot do")
struct HostileTextTests {
  @Test(
    "XML and HTML have them as text",
    arguments: [
      ("<script>alert('x')</script>", "&lt;script&gt;alert(&apos;x&apos;)&lt;/script&gt;"),
      ("a\" onload=\"b & c", "a&quot; onload=&quot;b &amp; c"),
      ("\u{0}\u{b}\u{1b}[31m\u{fffe}\u{ffff}", "\\x00\\x0b\\x1b[31m\\u{fffe}\\u{ffff}"),
      ("one\r\ntwo\u{2028}\u{202e}", "one\\r\\ntwo\\u{2028}\\u{202e}"), ("]]>--", "]]&gt;--"), ("é漢😀", "é漢😀"),
    ])
  func markup(_ text: String, _ expected: String) { #expect(MarkupText.escaped(text) == expected) }

  @Test(
    "Markdown begins nothing with them",
    arguments: [
      ("a|b", "a\\|b"), ("a\\|b", "a\\\\\\|b"), ("**b** _i_ `c` ~~s~~", "\\*\\*b\\*\\* \\_i\\_ \\`c\\` \\~\\~s\\~\\~"),
      ("[x](javascript:y)", "\\[x\\](javascript:y)"), ("![x](http://e)", "\\!\\[x\\](http\\://e)"),
      ("www.evil.example", "www\\.evil.example"), ("10.0.0.1", "10.0.0.1"), ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
      ("one\ntwo", "one\\\\ntwo"), ("a@b", "a\\@b"), ("# h", "\\# h"),
    ])
  func markdown(_ text: String, _ expected: String) { #expect(MarkdownText.escaped(text) == expected) }

  @Test("A table in Markdown has as many cells in each line, whatever stands in them")
  func markdownTable() {
    let listing = Listing(
      columns: [.init("a", title: "A|B"), .init("n", title: "N", alignment: .trailing)],
      rows: [[.text("x|y\n|z"), .integer(3)], [.absent, .absent]])
    #expect(
      MarkdownText.table(listing) == """
        | A\\|B | N |
        | --- | ---: |
        | x\\|y\\\\n\\|z | 3 |
        |  |  |

        """)
  }

  @Test(
    "A spreadsheet takes none for a formula",
    arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u{ff1d}1", "\u{ff0b}1"])
  func formulas(_ text: String) { #expect(CSVText.guarded(text) == "'" + text) }

  @Test("What is no formula stays as it is", arguments: ["", "a=1", "1-2", "'x", "10.0.0.1", "nginx"])
  func noFormulas(_ text: String) { #expect(CSVText.guarded(text) == text) }

  @Test("Rows one by one print what all at once print", arguments: ListingFormat.allCases)
  func streams(_ format: ListingFormat) throws {
    let columns: [ListingColumn] = [.init("a", title: "A"), .init("b", title: "B")]
    for count in 0..<3 {
      let rows = (0..<count).map { [ListingValue.text("x,\($0)"), .absent] }
      var whole: [UInt8] = []
      ListingPrinter.print(columns, rows, format) { $0(&whole) }
      guard var stream = ListingStream(columns, format) else {
        #expect(format == .table || format == .wide)
        continue
      }
      var pieces: [UInt8] = []
      stream.begin { $0(&pieces) }
      for row in rows { stream.add(row) { $0(&pieces) } }
      stream.end { $0(&pieces) }
      #expect(pieces == whole)
    }
  }
}
