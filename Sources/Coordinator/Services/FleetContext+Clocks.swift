internal import Model
internal import Schedules

extension FleetContext {
  /// How far a zone's clock is ahead of UTC at a time, in milliseconds; nil: its file cannot be read any more.
  func offset(of timeZone: String, at time: Timestamp) -> Int64? {
    do {
      let seconds = time.milliseconds / 1_000 - (time.milliseconds % 1_000 < 0 ? 1 : 0)
      return try timeZones.rules(of: timeZone).segment(at: seconds).offset * 1_000
    } catch {
      // It was there when it was named: what rests on it says what then holds.
      return nil
    }
  }
}
