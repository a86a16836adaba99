package import Model

extension ListingValue {
  package static func time(ifPresent time: Timestamp?) -> ListingValue {
    time.map { .time($0.milliseconds) } ?? .absent
  }

  package static func processes(_ processes: [ListeningProcess]) -> ListingValue {
    .list(
      processes.map { process in
        .object([
          "pid": .integer(Int64(process.pid)), "name": .text(process.name),
          "executable": .text(ifPresent: process.executable), "user": .text(ifPresent: process.user),
          "startTime": .time(ifPresent: process.startTime),
          "parentPid": .integer(ifPresent: process.parentPid.map(Int64.init)),
          "commandLine": .text(ifPresent: process.commandLine),
        ])
      })
  }
}

extension Listing {
  /// One record, a field a line: what people read where a row would be too wide.
  package static func fields(_ columns: [ListingColumn], _ values: [ListingValue]) -> Listing {
    Listing(
      columns: [.init("field", title: "FIELD"), .init("value", title: "VALUE")],
      rows: zip(columns, values).map { [.text($0.title), $1] })
  }
}
