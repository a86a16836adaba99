internal import ArgumentParser
internal import Curl
internal import Import
internal import Listing
internal import LocalSystem
internal import Model
internal import Wire

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take a scan of nmap's or masscan's (-oX) into the chart, as a vantage of its own.",
    discussion: """
      What the file says was seen is dated by its own times. A port is told closed only where the file says so of it. The same file \
      again changes nothing.
      """)

  @Argument(help: "The file, XML.") var file: String
  @Option(help: "Site; may be left out while there is only one.") var site: String?
  @Option(
    name: [.customLong("vantage"), .customLong("zone")], help: "What the place is called that it was scanned from.")
  var vantage: String = "import"
  @Flag(help: "Read it and say what is in it, and take nothing in.") var dryRun = false
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  /// Ports and ranges in one part.
  private static let partRows = WireLimits.rowsPerChunk / 2

  func run() async throws {
    // Read to its end before anything is told: a file that is broken in its last line leaves nothing behind.
    var (hosts, open, others) = (0, 0, 0)
    // masscan writes an element for each answer, and has the same port again where an answer came again.
    var answered: [IPAddress: Set<ProtocolPort>] = [:]
    let source = try ImportFile(file)
    while let some = try source.hosts() {
      if source.scan?.scanner == .masscan {
        for host in some { answered[host.address, default: []].formUnion(host.open.map(\.endpoint)) }
        continue
      }
      hosts += some.count
      for host in some {
        open += host.open.count
        others += host.runs.reduce(0) { $0 + $1.ports.count }
      }
    }
    guard let scan = source.scan else { throw CommandFailure("\(file) is no file of nmap or masscan") }
    if scan.scanner == .masscan {
      (hosts, open) = (answered.count, answered.values.reduce(0) { $0 + $1.count })
    }
    let digest = source.digest
    StandardStream.error.print(Self.summary(hosts, open, others, source.remainder))
    guard !dryRun else { return }
    let name = file.split(separator: "/").last.map(String.init) ?? file
    var beginning = ImportBeginning(
      digest: digest, file: String(PrintableText.escaped(name).prefix(100)),
      scanner: scan.scanner.rawValue, zone: vantage, hostCount: hosts)
    (beginning.version, beginning.arguments, beginning.site) = (scan.version, scan.arguments, site)
    let client = try connection.client()
    let row: ImportRow = try await client.post(OperatorAPI.basePath + "/imports", beginning)
    guard row.finishedAt == nil else {
      StandardStream.error.print("this file was taken in before: nothing has changed")
      return try output.print(Self.listing(row))
    }
    try source.rewind()
    try await send(source, digest: digest, to: row, client)
    let whole: ImportRow = try await client.post(OperatorAPI.basePath + "/imports/\(row.id)/finish")
    try output.print(Self.listing(whole))
  }

  /// Reads the file once more and sends it part by part. Throws a `CommandFailure` for one that is not what it was.
  private func send(
    _ source: ImportFile, digest: String, to row: ImportRow, _ client: CoordinatorClient
  ) async throws {
    var part = ImportPart(hosts: [])
    var rows = 0
    while let hosts = try source.hosts() {
      for host in hosts.flatMap(Self.bodies) {
        let size = host.open.count + host.runs.count
        if rows + size > Self.partRows, !part.hosts.isEmpty {
          try await client.post(OperatorAPI.basePath + "/imports/\(row.id)/hosts", part)
          part = ImportPart(hosts: [])
          rows = 0
        }
        part.hosts.append(host)
        rows += size
      }
    }
    guard source.digest == digest else {
      throw CommandFailure("\(file) has changed while it was read: import \(row.id) stays unfinished")
    }
    if !part.hosts.isEmpty { try await client.post(OperatorAPI.basePath + "/imports/\(row.id)/hosts", part) }
  }

  /// One host, in several bodies where it has more ports than go into a part.
  private static func bodies(of host: ForeignHost) -> [ImportPart.Host] {
    var open = host.open.map { port in
      ImportPart.Open(
        protocol: port.endpoint.transport, port: port.endpoint.port, reason: port.reason, service: port.service)
    }[...]
    var runs = host.runs.map { run in
      ImportPart.StateRun(
        protocol: run.transport, first: Port(run.ports.lowerBound), last: Port(run.ports.upperBound), state: run.state,
        reason: run.reason)
    }[...]
    var bodies: [ImportPart.Host] = []
    while !open.isEmpty || !runs.isEmpty {
      bodies.append(
        ImportPart.Host(
          address: host.address, observedAt: host.observedAt, name: bodies.isEmpty ? host.name : nil,
          open: Array(open.prefix(partRows / 2)),
          runs: Array(runs.prefix(partRows / 2))))
      open = open.dropFirst(partRows / 2)
      runs = runs.dropFirst(partRows / 2)
    }
    return bodies
  }

  private static func summary(_ hosts: Int, _ open: Int, _ others: Int, _ left: ForeignRemainder) -> String {
    var words = ["hosts: \(hosts); ports that are open: \(open), that are not: \(others)"]
    if left.hostsWithoutPorts > 0 { words.append("\(left.hostsWithoutPorts) hosts are down or have no ports") }
    if left.ports > 0 { words.append("\(left.ports) ports are of protocols or states that the chart does not have") }
    if left.unnamedGroups > 0 {
      words.append("of \(left.unnamedGroups) groups the file does not say which ports they are: they stay unknown")
    }
    return words.joined(separator: "; ")
  }

  private static func listing(_ row: ImportRow) -> Listing {
    Listing(
      columns: [
        .init("id", title: "IMPORT", alignment: .trailing), .init("scan", title: "SCAN"),
        .init("site", title: "SITE"), .init("zone", title: "VANTAGE"), .init("scanner", title: "SCANNER"),
        .init("file", title: "FILE"), .init("hostCount", title: "HOSTS", alignment: .trailing),
        .init("startedAt", title: "AT", isWideOnly: true), .init("finishedAt", title: "WHOLE AT"),
      ],
      rows: [
        [
          .integer(row.id), .text(row.scan.description), .text(row.site), .text(row.zone), .text(row.scanner),
          .text(row.file), .integer(Int64(row.hostCount)), .time(row.startedAt.milliseconds),
          .time(ifPresent: row.finishedAt),
        ]
      ])
  }
}
