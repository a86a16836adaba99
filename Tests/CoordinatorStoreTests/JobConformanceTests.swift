import Model
import Testing

@testable import CoordinatorCore

/// What every store must answer about jobs, leases and chunks.
@Suite struct JobConformanceTests {
  private static let end = StoreFixture.start + .seconds(30)
  private static let hash: [UInt8] = [1, 2, 3]

  private func leased() async throws -> (fixture: StoreFixture, job: JobID) {
    let fixture = try await StoreFixture()
    let job = try await fixture.store.change { try StoreFixture.insertLeasedJob($0, agent: fixture.agent) }
    return (fixture, job)
  }

  @Test("A job keeps its rectangles, beyond 2^64 too, and takes others in their place")
  func keepsRectangles() async throws {
    let (fixture, _) = try await leased()
    let first = [
      WorkRectangle(hosts: (UInt128.max - 9)..<UInt128.max, ports: 0..<65_535),
      WorkRectangle(hosts: (1 << 64)..<(1 << 100), ports: 3..<4),
    ]
    let second = [WorkRectangle(hosts: 5..<6, ports: 0..<1)]
    let job = try await fixture.store.change { session throws in
      try session.insertJob(lane: StoreFixture.insertLane(session), rectangles: first)
    }
    #expect(try await fixture.store.read { try $0.rectangles(of: job) } == first)
    try await fixture.store.change { try $0.setRectangles(second, of: job) }
    #expect(try await fixture.store.read { try $0.rectangles(of: job) } == second)
  }

  @Test("A lease makes its job leased with the epoch and one attempt more, and is read as it was written")
  func keepsLeases() async throws {
    let (fixture, job) = try await leased()
    try await fixture.store.read { session throws in
      let record = try #require(try session.job(job))
      #expect(record.state == .leased && record.epoch == 1 && record.attempt == 1)
      let lease = LeaseRecord(
        job: job, epoch: 1, agent: fixture.agent, tokenHash: Self.hash, grantedAt: StoreFixture.start,
        expiresAt: Self.end, deadline: StoreFixture.deadline, endedAt: nil, finish: nil)
      #expect(try session.lease(job: job, epoch: 1) == lease)
      #expect(try session.lease(job: job, epoch: 2) == nil)
      #expect(try session.runningLeases(of: fixture.agent) == [lease])
      #expect(try session.currentJobs() == [fixture.agent: job])
      #expect(try session.jobs(of: record.lane, in: .leased) == [record])
      #expect(try session.jobs(of: record.lane, in: .pending).isEmpty)
    }
  }

  @Test("Only the holder of a running lease extends it, and never to an earlier time")
  func extendsLeases() async throws {
    let (fixture, job) = try await leased()
    let later = Self.end + .seconds(5)
    try await fixture.store.change { session throws in
      #expect(try session.extendLease(job: job, epoch: 1, tokenHash: [9], until: later) == false)
      #expect(try session.extendLease(job: job, epoch: 2, tokenHash: Self.hash, until: later) == false)
      #expect(try session.extendLease(job: job, epoch: 1, tokenHash: Self.hash, until: later))
      #expect(try session.extendLease(job: job, epoch: 1, tokenHash: Self.hash, until: StoreFixture.start))
      #expect(try session.lease(job: job, epoch: 1)?.expiresAt == later)
      #expect(try session.endLease(job: job, epoch: 1, at: Self.end, expiredBy: nil, finish: nil))
      #expect(try session.extendLease(job: job, epoch: 1, tokenHash: Self.hash, until: later) == false)
    }
  }

  @Test("A lease ends once, with its finish; a reaper ends only what has run out")
  func endsLeases() async throws {
    let (fixture, job) = try await leased()
    let finish = LeaseFinish(outcome: .returned, chunkCount: 2, reason: "stopping")
    try await fixture.store.change { session throws in
      #expect(try session.endLease(job: job, epoch: 1, at: Self.end, expiredBy: Self.end, finish: nil) == false)
      #expect(try session.endLease(job: job, epoch: 1, at: Self.end, expiredBy: nil, finish: finish))
      #expect(try session.endLease(job: job, epoch: 1, at: Self.end, expiredBy: nil, finish: nil) == false)
      let lease = try #require(try session.lease(job: job, epoch: 1))
      #expect(lease.endedAt == Self.end && lease.finish == finish)
      #expect(try session.runningLeases(of: fixture.agent).isEmpty)
    }
  }

  @Test("No renewal goes beyond the deadline")
  func holdsDeadlines() async throws {
    let (fixture, job) = try await leased()
    try await fixture.store.change { session throws in
      let beyond = StoreFixture.deadline + .seconds(1)
      #expect(try session.extendLease(job: job, epoch: 1, tokenHash: Self.hash, until: beyond))
      #expect(try session.lease(job: job, epoch: 1)?.expiresAt == StoreFixture.deadline)
    }
  }

  @Test("A running lease counts against its shares with its rate, and no longer once it has ended")
  func countsShares() async throws {
    let fixture = try await StoreFixture()
    let shares: [WorkShare] = [.scan(ScanID(1)), .submitter("token:7"), .rule(ScopeRuleID(3))]
    try await fixture.store.change { session throws in
      for epoch in Int64(1)...2 {
        let job = try session.insertJob(
          lane: StoreFixture.insertLane(session), rectangles: [WorkRectangle(hosts: 0..<1, ports: 0..<1)])
        let lease = LeaseRecord(
          job: job, epoch: epoch, agent: fixture.agent, slot: .express, tokenHash: [1],
          grantedAt: StoreFixture.start, expiresAt: Self.end, deadline: StoreFixture.deadline,
          shares: epoch == 1 ? shares : [shares[1]], probesPerSecond: epoch == 1 ? 40 : nil, endedAt: nil, finish: nil)
        try session.insertLease(lease)
        #expect(try session.lease(job: job, epoch: epoch) == lease)
      }
      #expect(
        try session.use(of: shares + [.zone(ZoneID(1))]) == [
          shares[0]: WorkUse(jobs: 1, probesPerSecond: 40), shares[1]: WorkUse(jobs: 2, probesPerSecond: 40),
          shares[2]: WorkUse(jobs: 1, probesPerSecond: 40),
        ])
      let first = try #require(try session.runningLeases(of: fixture.agent).first { $0.epoch == 1 })
      for isFirst in [true, false] {
        #expect(
          try session.endLease(job: first.job, epoch: 1, at: Self.end, expiredBy: nil, finish: nil) == isFirst)
        #expect(try session.use(of: shares) == [shares[1]: WorkUse(jobs: 1)])
      }
    }
  }

  @Test("A part of a job waits, and has failed and been halved as often")
  func insertsParts() async throws {
    let (fixture, id) = try await leased()
    try await fixture.store.change { session throws in
      try session.setState(.pending, of: id, attempt: 2, lastError: "it died")
      try session.setHalvings(3, of: id)
      let job = try #require(try session.job(id))
      let rectangles = [WorkRectangle(hosts: 4..<5, ports: 0..<2)]
      let part = try session.insertPart(of: job, rectangles: rectangles)
      let expected = JobRecord(
        id: part, lane: job.lane, state: .pending, epoch: 0, attempt: 2, halvings: 3, lastError: "it died")
      #expect(try session.job(part) == expected)
      #expect(try session.rectangles(of: part) == rectangles)
      #expect(try session.jobs(of: job.lane, in: .pending, limit: 1).map(\.id) == [id])
      #expect(try session.jobs(of: job.lane, in: .pending) == [job, expected])
      #expect(try session.scanState(ofJob: part) == .queued)
    }
  }

  @Test("Expiring leases are those that run and end before the time, the oldest first")
  func findsExpiringLeases() async throws {
    let (fixture, job) = try await leased()
    let agent = fixture.agent
    let earlier = try await fixture.store.change { session throws in
      try StoreFixture.insertLeasedJob(session, agent: agent, expiresAt: Self.end - .seconds(1))
    }
    try await fixture.store.read { session throws in
      #expect(try session.expiringLeases(before: Self.end, limit: 9).map(\.job) == [earlier])
      let after = Self.end + .milliseconds(1)
      #expect(try session.expiringLeases(before: after, limit: 9).map(\.job) == [earlier, job])
      #expect(try session.expiringLeases(before: after, limit: 1).map(\.job) == [earlier])
    }
    try await fixture.store.change { try $0.extendRunningLeases(until: Self.end + .seconds(60)) }
    #expect(try await fixture.store.read { try $0.expiringLeases(before: Self.end + .seconds(60), limit: 9) }.isEmpty)
  }

  @Test("A chunk is known by its number, and what it completed belongs to its epoch")
  func keepsChunks() async throws {
    let (fixture, job) = try await leased()
    let done = [WorkRectangle(hosts: 0..<4, ports: 0..<4), WorkRectangle(hosts: 4..<5, ports: 1..<2)]
    try await fixture.store.change { session throws in
      try session.insertChunk(job: job, epoch: 1, number: 0, digest: [7], completed: done, at: StoreFixture.start)
      try session.insertChunk(job: job, epoch: 1, number: 1, digest: [8], completed: [], at: StoreFixture.start)
    }
    try await fixture.store.read { session throws in
      #expect(try session.chunkDigest(job: job, epoch: 1, number: 0) == [7])
      #expect(try session.chunkDigest(job: job, epoch: 1, number: 2) == nil)
      #expect(try session.chunkDigest(job: job, epoch: 2, number: 0) == nil)
      #expect(try session.chunkCount(job: job, epoch: 1) == 2)
      #expect(try session.completed(in: job, epoch: 1) == done)
      #expect(try session.completed(in: job, epoch: 2).isEmpty)
    }
    await #expect(throws: StoreError.self, "one number, one chunk") {
      try await fixture.store.change { session throws in
        try session.insertChunk(job: job, epoch: 1, number: 0, digest: [9], completed: [], at: StoreFixture.start)
      }
    }
  }

  @Test("A job's last error stays until another takes its place")
  func keepsLastErrors() async throws {
    let (fixture, job) = try await leased()
    try await fixture.store.change { session throws in
      try session.setState(.pending, of: job, attempt: 3, lastError: "first")
      try session.setState(.benched, of: job, attempt: 4, lastError: nil)
      let record = try #require(try session.job(job))
      #expect(record.state == .benched && record.attempt == 4 && record.lastError == "first")
    }
  }
}
