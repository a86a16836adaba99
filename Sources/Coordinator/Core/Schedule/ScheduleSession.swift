package import Model

/// Reading schedules, their slots and blackouts, inside one transaction.
package protocol ScheduleReading {
  /// By name.
  func schedules() throws -> [ScheduleRecord]
  func schedule(_ id: ScheduleID) throws -> ScheduleRecord?
  func schedule(named name: String) throws -> ScheduleRecord?
  /// Those to be looked at by `time`, the longest due first.
  func dueSchedules(by time: Timestamp, limit: Int) throws -> [ScheduleRecord]
  /// Newest first; those before `before` alone.
  func slots(of schedule: ScheduleID, before: Timestamp?, limit: Int) throws -> [ScheduleSlot]
  /// Schedules with runs before `time` that are not their newest.
  func schedulesWithSlots(before time: Timestamp) throws -> [ScheduleID]
  /// Planned times after `after` that have a row, ascending.
  func slotTimes(of schedule: ScheduleID, after: Timestamp, limit: Int) throws -> [Timestamp]
  func waitingSlots(of schedule: ScheduleID) throws -> [ScheduleSlot]
  /// How long the last scans of a schedule that ended took.
  func durations(of schedule: ScheduleID, limit: Int) throws -> [Duration]
  /// By name.
  func blackouts() throws -> [BlackoutRecord]
  /// Differs whenever the blackouts do.
  func blackoutMark() throws -> BlackoutMark
}

/// Changing them, inside one transaction.
package protocol ScheduleWriting: ScheduleReading {
  /// The record's id is not looked at.
  func insertSchedule(_ schedule: ScheduleRecord) throws -> ScheduleID
  /// All but its id.
  func updateSchedule(_ schedule: ScheduleRecord) throws
  /// Its slots go with it, those beyond some hundreds later, by `purgeRemovedSchedules`; its scans stay.
  func removeSchedule(_ id: ScheduleID, at time: Timestamp) throws
  /// Deletes slots of schedules that were removed, and those that have none left; returns how many rows that was.
  func purgeRemovedSchedules(limit: Int) throws -> Int
  /// Deletes decided slots before `time`, but for the newest; returns how many.
  func purgeSlots(of schedule: ScheduleID, before time: Timestamp, limit: Int) throws -> Int
  /// Where its slots stand; nothing that a person says.
  func advance(_ schedule: ScheduleID, cursor: Timestamp, nextLook: Timestamp?, lastScan: ScanID?) throws
  /// Every schedule that is not paused is looked at by `time`.
  func lookAtEverySchedule(by time: Timestamp) throws
  /// False: that slot has a row that is not waiting, and nothing was changed.
  func setSlot(_ slot: ScheduleSlot, of schedule: ScheduleID) throws -> Bool
  func insertBlackout(_ blackout: BlackoutRecord) throws -> BlackoutID
  func removeBlackout(_ id: BlackoutID) throws
}
