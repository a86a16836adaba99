internal import Model
internal import Wire
package import Worker

/// What every spool does, the one on the disk and the one of tests alike.
package enum SpoolConformance {
  package static func chunk(_ number: Int, job: Int64 = 7) -> SpooledResult {
    .chunk(
      JobID(job),
      ChunkReport(
        lease: LeaseIdentity(generation: 1, epoch: 2, token: "token"), number: number,
        completed: [WorkRectangle(hosts: 0..<UInt128(number + 1), ports: 0..<3)],
        sightings: [
          Sighting(
            host: HostAddress(IPAddress(family: .ipv4, value: 0x0a00_0000 + UInt128(number))), transport: .tcp,
            port: Port(443), state: .open, reason: .synAck, observedAt: Timestamp(milliseconds: 1_800_000_000_123),
            rttMicroseconds: 150, isSelfView: number % 2 == 0)
        ],
        ranges: [
          StateRange(
            host: HostAddress(IPAddress(family: .ipv4, value: 0x0a00_0000)), transport: .tcp, firstPort: Port(1),
            lastPort: Port(2), state: .closed, reason: .connectionRefused,
            observedAt: Timestamp(milliseconds: 1_800_000_000_001), isSelfView: false)
        ]))
  }

  package static func finish(_ chunkCount: Int, job: Int64 = 7) -> SpooledResult {
    .finish(
      JobID(job),
      FinishRequest(
        lease: LeaseIdentity(generation: 1, epoch: 2, token: "token"), outcome: .returned, chunkCount: chunkCount,
        reason: "the agent is stopping"))
  }

  /// What an empty spool does otherwise than it should; none for a sound one.
  package static func violations(of spool: any ResultSpool) async throws -> [String] {
    var violations: [String] = []
    func demand(_ holds: Bool, _ statement: String) { if !holds { violations.append(statement) } }
    demand(spool.contents.isEmpty && spool.contents.oldest == nil, "a new one is empty")
    demand(try await spool.first() == nil, "an empty one has no first")
    let results = [chunk(0), chunk(1), finish(2), chunk(0, job: 8)]
    var numbers: [UInt64] = []
    for (index, result) in results.enumerated() {
      numbers.append(try await spool.append(result))
      demand(spool.contents.records == index + 1, "contents know a result when its append has returned")
    }
    demand(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "numbers rise")
    demand(spool.contents.bytes > 0 && spool.contents.oldest != nil, "what it holds has a size and an age")
    try await spool.remove(numbers[1])
    demand(spool.contents.records == 4, "only the oldest can be removed")
    for (index, result) in results.enumerated() {
      let first = try await spool.first()
      demand(first?.number == numbers[index] && first?.result == result, "result \(index) comes as it went in")
      demand(try await spool.first()?.number == numbers[index], "it stays until it is removed")
      if index == 1 { try await spool.discard(numbers[index]) } else { try await spool.remove(numbers[index]) }
      try await spool.remove(numbers[index])
      demand(spool.contents.records == 3 - index, "what is removed is gone when the call has returned")
    }
    demand(try await spool.first() == nil, "then it is empty")
    demand(spool.contents.lostRecords == 1 && spool.contents.lostBytes > 0, "what was discarded is counted as lost")
    demand(try await spool.append(chunk(9)) > numbers[3], "numbers rise over emptiness")
    return violations
  }
}
