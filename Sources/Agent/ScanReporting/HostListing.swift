package import Listing
package import LocalSystem
package import Model
internal import ScanEngine

/// Rows of hosts (`-sn`, `-sL`): for machines each as it is done, for people a table at the end.
package final class HostListing: HostOutput {
  package struct Options: Sendable {
    package var showHeaders: Bool

    /// Whether hosts that are not up have rows in a table.
    package var showsEveryHost: Bool

    /// Whether nobody was asked: then a table is a mere list, written at once.
    package var isListAlone: Bool

    /// Names that the user typed, by address.
    package var userNames: [IPAddress: String]

    package init(showHeaders: Bool, showsEveryHost: Bool, isListAlone: Bool, userNames: [IPAddress: String]) {
      self.showHeaders = showHeaders
      self.showsEveryHost = showsEveryHost
      self.isListAlone = isListAlone
      self.userNames = userNames
    }
  }

  private let format: ListingFormat
  private let output: BufferedOutput
  private let options: Options
  private var rows: [[ListingValue]] = []
  private var others: [String: UInt128] = [:]
  private var isFirst = true

  package init(_ format: ListingFormat, to output: BufferedOutput, _ options: Options) {
    self.format = format
    self.output = output
    self.options = options
  }

  private static let columns = [
    ListingColumn("address", title: "ADDRESS"), ListingColumn("state", title: "STATE"),
    ListingColumn("reason", title: "REASON"),
    ListingColumn("rttMicroseconds", title: "RTT (\u{b5}s)", alignment: .trailing),
    ListingColumn("name", title: "NAME"),
  ]

  package func begin() {
    switch format {
    case .json: output.write("[")
    case .csv: if options.showHeaders { output.write(CSVText.record(Self.columns.map(\.key))) }
    default: break
    }
  }

  package func add(_ host: HostResult) {
    let name = host.name ?? options.userNames[host.host.address]
    let presence = options.isListAlone ? HostObservation.Presence.unchecked : host.presence
    let row: [ListingValue] = [
      .text(host.host.description), .text(presence.rawValue),
      options.isListAlone ? .absent : .text(host.reason.rawValue),
      .integer(ifPresent: host.summary?.roundTrip?.smoothed), .text(ifPresent: name),
    ]
    switch format {
    case .json: output.write((isFirst ? "\n" : ",\n") + ListingPrinter.object(Self.columns, row))
    case .ndjson: output.write(ListingPrinter.object(Self.columns, row) + "\n")
    case .csv: output.write(CSVText.record(row.map(\.plainText)))
    case .table where options.isListAlone, .wide where options.isListAlone, .name where options.isListAlone:
      let label = format == .name ? nil : name
      output.write("\(host.host)" + (label.map { " (\(PrintableText.escaped($0)))" } ?? "") + "\n")
    case .table, .wide, .name:
      if host.presence == .up || options.showsEveryHost {
        rows.append(row)
      } else {
        others["\(host.presence.rawValue) (\(host.reason.rawValue))", default: 0] += 1
      }
    }
    isFirst = false
  }

  package func end(_ ending: ScanEnding) {
    switch format {
    case .json: output.write(isFirst ? "]\n" : "\n]\n")
    case .ndjson, .csv: break
    case _ where options.isListAlone: break
    case .table, .wide, .name:
      // Only columns chosen by name can be unknown, and none is.
      try? ListingPrinter.print(
        Listing(columns: Self.columns, rows: rows), format, terminalWidth: Terminal.width(),
        showHeaders: options.showHeaders
      ) { output.write($0) }
      guard format != .name else { return }
      for (state, count) in others.sorted(by: { $0.key < $1.key }) {
        output.write("\(count) host\(count == 1 ? "" : "s"): \(state)\n")
      }
    }
  }
}
