internal import CoordinatorServices
internal import Model
internal import Wire

extension LeaseGrant {
  init(_ grant: LeaseService.Grant) {
    self.init(
      job: grant.job, scan: grant.scan,
      lease: LeaseIdentity(generation: grant.generation, epoch: grant.epoch, token: grant.token),
      attempt: grant.attempt, leaseMilliseconds: Int(grant.duration.wholeMilliseconds), now: grant.now,
      blocks: grant.blocks.map { block in
        LeaseBlock(
          rectangle: block.rectangle, hosts: block.hosts.map(\.description), ports: block.ports.description)
      },
      pace: JobPace(
        probesPerSecond: grant.probesPerSecond, probesPerSecondPerHost: grant.probesPerSecondPerHost,
        timing: grant.timing),
      // Never said to an agent that does not know it: such a job is not granted to one.
      identify: grant.identifies ? true : nil, names: grant.looksUpNames ? true : nil,
      echoes: grant.asksEchoes ? true : nil)
  }
}
