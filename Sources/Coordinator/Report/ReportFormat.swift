/// The form of a report. Raw values are the words of `--format`.
package enum ReportFormat: String, Sendable, CaseIterable {
  case html
  case markdown = "md"
  case nmap
  case csv
}
