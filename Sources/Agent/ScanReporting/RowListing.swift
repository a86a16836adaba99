internal import Listing
package import LocalSystem
package import Model
internal import ScanEngine

/// Rows of endpoints for machines: JSON, NDJSON or CSV, each as it is settled.
package final class RowListing: RowOutput {
  /// The formats that have rows.
  package enum Format: Sendable {
    case json
    case ndjson
    case csv
  }

  private let format: Format
  private let output: BufferedOutput
  private let onlyOpen: Bool
  private let showHeaders: Bool
  private let names: ServiceNames
  private var text: ScanRowText
  private var isFirst = true

  package init(_ format: Format, to output: BufferedOutput, onlyOpen: Bool, showHeaders: Bool, names: ServiceNames) {
    self.format = format
    self.output = output
    self.onlyOpen = onlyOpen
    self.showHeaders = showHeaders
    self.names = names
    text = ScanRowText(names: names)
  }

  private static let columns = [
    "address", "protocol", "port", "state", "reason", "rttMicroseconds", "service", "product", "version", "banner",
    "confidence", "icmpType", "icmpCode", "icmpSender",
  ]

  package func begin() {
    switch format {
    case .json: output.write("[")
    case .csv: if showHeaders { output.write(CSVText.record(Self.columns)) }
    case .ndjson: break
    }
  }

  package func add(_ row: ScanRow) {
    guard !onlyOpen || row.state == .open || row.state == .openOrFiltered else { return }
    switch format {
    case .csv: output.write(CSVText.record(values(row).map(\.plainText)))
    case .json:
      output.write { bytes in
        bytes += (isFirst ? "\n" : ",\n").utf8
        text.append(row, to: &bytes)
      }
    case .ndjson:
      output.write { bytes in
        text.append(row, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
      }
    }
    isFirst = false
  }

  package func end(_ ending: ScanEnding) {
    if format == .json { output.write(isFirst ? "]\n" : "\n]\n") }
  }

  private func values(_ row: ScanRow) -> [ListingValue] {
    [
      .text(row.host.description), .text(row.port.transport.rawValue), .integer(Int64(row.port.port.rawValue)),
      .text(row.state.rawValue), .text(row.reason.rawValue), .integer(ifPresent: row.roundTripMicroseconds),
      .text(ifPresent: row.identity?.service ?? names.name(of: row.port)), .text(ifPresent: row.identity?.product),
      .text(ifPresent: row.identity?.version), .text(ifPresent: row.identity?.banner),
      .text(ifPresent: row.identity?.confidence.rawValue), .integer(ifPresent: row.icmp.map { Int64($0.type) }),
      .integer(ifPresent: row.icmp.map { Int64($0.code) }), .text(ifPresent: row.icmp?.sender.description),
    ]
  }
}
