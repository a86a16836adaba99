internal import Model

extension LeaseIdentity: DirectlyRead {
  package init?(_ cursor: inout JSONCursor) {
    var generation = DirectField<Int64>()
    var epoch = DirectField<Int64>()
    var token = DirectField<String>()
    let isRead = cursor.object { name, cursor in
      if name.says("generation") { return generation.read(cursor.integer()) }
      if name.says("epoch") { return epoch.read(cursor.integer()) }
      return name.says("token") && token.read(cursor.string())
    }
    guard isRead, let generation = generation.value, let epoch = epoch.value, let token = token.value else {
      return nil
    }
    self.init(generation: generation, epoch: epoch, token: token)
  }
}

extension LeaseRequest: DirectlyRead {
  package init?(_ cursor: inout JSONCursor) {
    var pace = DirectField<Double>()
    var wait = DirectField<Int>()
    var slot = DirectField<LeaseSlot>()
    var number = DirectField<Int64>()
    let isRead = cursor.object { name, cursor in
      if name.says("probesPerSecond") { return pace.read(cursor.number()) }
      if name.says("waitMilliseconds") { return wait.read(cursor.int()) }
      if name.says("number") { return number.read(cursor.integer()) }
      return name.says("slot") && slot.read(cursor.string().flatMap(LeaseSlot.init))
    }
    guard isRead, let wait = wait.value else { return nil }
    self.init(probesPerSecond: pace.value, waitMilliseconds: wait, slot: slot.value, number: number.value)
  }
}

extension RenewRequest: DirectlyRead {
  package init?(_ cursor: inout JSONCursor) {
    var lease = DirectField<LeaseIdentity>()
    var wait = DirectField<Int>()
    let isRead = cursor.object { name, cursor in
      if name.says("lease") { return lease.read(LeaseIdentity(&cursor)) }
      return name.says("waitMilliseconds") && wait.read(cursor.int())
    }
    guard isRead, let lease = lease.value, let wait = wait.value else { return nil }
    self.init(lease: lease, waitMilliseconds: wait)
  }
}

extension FinishRequest: DirectlyRead {
  package init?(_ cursor: inout JSONCursor) {
    var lease = DirectField<LeaseIdentity>()
    var outcome = DirectField<Outcome>()
    var chunkCount = DirectField<Int>()
    let isRead = cursor.object { name, cursor in
      if name.says("lease") { return lease.read(LeaseIdentity(&cursor)) }
      if name.says("chunkCount") { return chunkCount.read(cursor.int()) }
      return name.says("outcome") && outcome.read(cursor.string().flatMap(Outcome.init))
    }
    guard isRead, let lease = lease.value, let outcome = outcome.value, let chunkCount = chunkCount.value else {
      return nil
    }
    self.init(lease: lease, outcome: outcome, chunkCount: chunkCount)
  }
}
