internal import Gzip
internal import Model
internal import Wire

/// A job's results as chunks of at most 5,000 sightings, gzip, every endpoint open; cut along hosts or along ports.
struct OpenChunks {
  /// A block of the job with its addresses and ports spelt out.
  private struct Block {
    let rectangle: WorkRectangle
    let hosts: [String]
    let ports: [Int]
  }

  private let blocks: [Block]
  private let lease: String
  private let now: Timestamp
  private(set) var bodies: [[UInt8]] = []
  private(set) var sightingCount = 0

  /// Throws what reading the grant's expressions throws, or a `GzipError`.
  init(_ grant: LeaseGrant, lease: String, order: FleetLoad.Order) throws {
    self.lease = lease
    now = grant.now
    blocks = try grant.blocks.map { block in
      let space = try TargetSpace(try TargetList.parse(block.hosts).addresses(resolved: [:]))
      let ports = try PortSelection.parse(block.ports, names: .builtIn, activeProtocols: [.tcp])
      return Block(
        rectangle: block.rectangle, hosts: (0..<space.count).map { "\(space.host(at: $0))" },
        ports: (0..<ports.count).map { Int(ports.endpoint(at: $0).port.rawValue) })
    }
    switch order {
    case .hostMajor: try cutAlongHosts()
    case .portMajor: try cutAlongPorts()
    }
  }

  /// Whole hosts, one behind the other.
  private mutating func cutAlongHosts() throws {
    for block in blocks {
      let step = max(1, WireLimits.rowsPerChunk / block.ports.count)
      for first in stride(from: 0, to: block.hosts.count, by: step) {
        let hosts = first..<min(block.hosts.count, first + step)
        try add([(block, hosts, 0..<block.ports.count)]) { parts in
          for part in parts {
            for host in part.hosts { for port in part.ports { part.add(host, port) } }
          }
        }
      }
    }
  }

  /// A port on every host, then the next.
  private mutating func cutAlongPorts() throws {
    let hostCount = blocks.reduce(0) { $0 + $1.hosts.count }
    // A job may end within a block's ports.
    let width = blocks.map(\.ports.count).max() ?? 0
    let step = max(1, WireLimits.rowsPerChunk / max(1, hostCount))
    precondition(hostCount <= WireLimits.rowsPerChunk, "the job has more hosts than a chunk has rows")
    for first in stride(from: 0, to: width, by: step) {
      let ports = first..<min(width, first + step)
      let parts = blocks.map { ($0, 0..<$0.hosts.count, ports.clamped(to: 0..<$0.ports.count)) }
      try add(parts.filter { !$0.2.isEmpty }) { parts in
        for port in ports {
          for part in parts where part.ports.contains(port) { for host in part.hosts { part.add(host, port) } }
        }
      }
    }
  }

  private struct Part {
    let hosts: Range<Int>
    let ports: Range<Int>
    let add: (_ host: Int, _ port: Int) -> Void
  }

  private mutating func add(
    _ parts: [(block: Block, hosts: Range<Int>, ports: Range<Int>)], _ visit: ([Part]) -> Void
  ) throws {
    var rows: [String] = []
    let now = now
    visit(
      parts.map { part in
        Part(hosts: part.hosts, ports: part.ports) { host, port in
          let seen = now + .milliseconds(rows.count / 50)
          rows.append(
            #"{"host":"\#(part.block.hosts[host])","transport":"tcp","port":\#(part.block.ports[port]),"state":"open","reason":"syn-ack","observedAt":"\#(seen)","rttMicroseconds":\#(180 + rows.count % 97),"isSelfView":false}"#
          )
        }
      })
    let completed = parts.map { part in
      let rectangle = part.block.rectangle
      return
        #"{"firstHost":"\#(rectangle.hosts.lowerBound + UInt128(part.hosts.lowerBound))","hostCount":"\#(part.hosts.count)","firstPort":\#(rectangle.ports.lowerBound + part.ports.lowerBound),"portCount":\#(part.ports.count)}"#
    }
    let text =
      "{\(lease),\"number\":\(bodies.count),\"completed\":[\(completed.joined(separator: ","))],\"sightings\":[\(rows.joined(separator: ","))],\"ranges\":[]}"
    bodies.append(try Gzip.compress(Array(text.utf8), level: 1))
    sightingCount += rows.count
  }
}
