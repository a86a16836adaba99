internal import CoordinatorCore
internal import Model

/// Tells a chunk that says what it claims from one that does not: every endpoint of the completed rectangles has just
/// one state, and nothing else has any.
struct ChunkCheck {
  let space: ScanSpaces.Space
  let job: [WorkRectangle]
  let completedBefore: [WorkRectangle]

  /// Throws a `Refusal` that points at the first fault.
  func check(_ chunk: ResultService.Chunk) throws {
    for (index, rectangle) in chunk.completed.enumerated() {
      guard [rectangle].subtracting(job).isEmpty else {
        throw Refusal(.invalidValue, "the rectangle is not a part of the job", at: "/completed/\(index)")
      }
      let others = completedBefore + chunk.completed[..<index]
      guard !others.contains(where: { $0.intersection(rectangle) != nil }) else {
        throw Refusal(.invalidValue, "the rectangle was completed before", at: "/completed/\(index)")
      }
    }
    var states: UInt128 = 0
    for (index, sighting) in chunk.sightings.enumerated() {
      guard isCompleted(sighting.host, sighting.endpoint...sighting.endpoint, by: chunk) else {
        throw Refusal(.invalidValue, "the endpoint is not in a completed rectangle", at: "/sightings/\(index)")
      }
      states += 1
    }
    for (index, run) in chunk.runs.enumerated() {
      let first = ProtocolPort(run.transport, Port(run.run.ports.lowerBound))
      let last = ProtocolPort(run.transport, Port(run.run.ports.upperBound))
      guard isCompleted(run.host, first...last, by: chunk) else {
        throw Refusal(.invalidValue, "the ports are not in a completed rectangle", at: "/ranges/\(index)")
      }
      states += UInt128(run.run.ports.count)
    }
    guard states == chunk.completed.endpointCount else {
      throw Refusal(
        .invalidValue, "\(chunk.completed.endpointCount) endpoints are completed but \(states) have a state",
        at: "/completed")
    }
  }

  private func isCompleted(
    _ host: HostAddress, _ ports: ClosedRange<ProtocolPort>, by chunk: ResultService.Chunk
  ) -> Bool {
    guard let hostIndex = space.targets.index(of: host), let first = space.ports.index(of: ports.lowerBound),
      let last = space.ports.index(of: ports.upperBound),
      // Neighbouring numbers are neighbouring indices unless a port between them was not asked for.
      last - first == Int(ports.upperBound.port.rawValue) - Int(ports.lowerBound.port.rawValue)
    else { return false }
    let run = WorkRectangle(hosts: hostIndex..<(hostIndex + 1), ports: first..<(last + 1))
    return [run].subtracting(chunk.completed).isEmpty
  }
}
