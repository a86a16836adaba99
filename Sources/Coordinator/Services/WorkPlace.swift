internal import CoordinatorCore
internal import Model

/// Who may do some work of a site, told without looking into the store.
struct WorkPlace: Hashable, Sendable {
  /// Nil: of any zone.
  let zone: ZoneID?
  let placement: ScanPlacement
  /// Nil: in either slot.
  var slot: LeaseSlot?

  func admits(_ asker: AskingAgent) -> Bool {
    let agent = asker.agent
    return (zone == nil || agent.zone == zone) && (slot == nil || asker.slot == slot) && agent.drainedAt == nil
      && placement.admits(agent)
  }
}
