internal import Model
internal import Wire

/// A job's results as an agent would send them: every endpoint closed.
enum ChunkText {
  static func whole(of grant: LeaseGrant, lease: String) -> String {
    var ranges: [String] = []
    var completed: [String] = []
    for block in grant.blocks {
      let rectangle = block.rectangle
      completed.append(
        #"{"firstHost":"\#(rectangle.hosts.lowerBound)","hostCount":"\#(rectangle.hosts.count128)","firstPort":\#(rectangle.ports.lowerBound),"portCount":\#(rectangle.ports.count)}"#
      )
      guard let hosts = try? TargetList.parse(block.hosts).addresses(resolved: [:]),
        let space = try? TargetSpace(hosts),
        let ports = try? PortSelection.parse(block.ports, names: .builtIn, activeProtocols: [.tcp]), ports.count > 0
      else { continue }
      let first = ports.endpoint(at: 0).port
      let last = ports.endpoint(at: ports.count - 1).port
      for index in 0..<space.count {
        ranges.append(
          #"{"host":"\#(space.host(at: index))","transport":"tcp","firstPort":\#(first.rawValue),"lastPort":\#(last.rawValue),"state":"closed","reason":"conn-refused","observedAt":"\#(grant.now)","isSelfView":false}"#
        )
      }
    }
    return
      "{\(lease),\"number\":0,\"completed\":[\(completed.joined(separator: ","))],\"sightings\":[],\"ranges\":[\(ranges.joined(separator: ","))]}"
  }
}
