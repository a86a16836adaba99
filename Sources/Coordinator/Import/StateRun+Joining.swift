internal import Model

extension [ForeignHost.StateRun] {
  /// Neighbours that are the same become one; of ports that are told twice the first stands.
  var joined: [ForeignHost.StateRun] {
    var joined: [ForeignHost.StateRun] = []
    for run in sorted(by: {
      ($0.transport.rawValue, $0.ports.lowerBound) < ($1.transport.rawValue, $1.ports.lowerBound)
    }) {
      guard let last = joined.last, last.transport == run.transport,
        Int(run.ports.lowerBound) <= Int(last.ports.upperBound) + 1
      else {
        joined.append(run)
        continue
      }
      if last.state == run.state, last.reason == run.reason {
        joined[joined.count - 1].ports = last.ports.lowerBound...Swift.max(last.ports.upperBound, run.ports.upperBound)
      } else if run.ports.lowerBound > last.ports.upperBound {
        joined.append(run)
      } else if run.ports.upperBound > last.ports.upperBound {
        var rest = run
        rest.ports = (last.ports.upperBound + 1)...run.ports.upperBound
        joined.append(rest)
      }
    }
    return joined
  }
}
