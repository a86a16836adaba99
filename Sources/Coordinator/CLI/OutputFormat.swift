internal import ArgumentParser
internal import Listing

/// The words of `-o`.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case wide
  case json
  case ndjson
  case csv
  case name
  /// A table in Markdown.
  case markdown = "md"
  /// nmap's XML; only endpoints can be told in it.
  case nmap

  /// As a listing; nil for what is none.
  var listing: ListingFormat? { ListingFormat(rawValue: rawValue) }
}
