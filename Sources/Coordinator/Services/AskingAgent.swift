internal import CoordinatorCore
internal import Model

/// Who waits for work, as those see it who may have some.
package struct AskingAgent: Sendable {
  let agent: AgentRecord
  let slot: LeaseSlot
}

/// Whose lease waits for an order to stop.
package struct LeaseHolder: Sendable {
  let agent: AgentID
}
