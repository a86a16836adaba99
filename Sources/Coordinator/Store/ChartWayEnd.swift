internal import CoordinatorCore

/// How far a statement came that may look at so many endpoints only.
enum ChartWayEnd {
  /// It found all that was wanted.
  case whole
  /// It looked at every endpoint up to this one, which was the last.
  case stopped(at: ChartPosition)
  /// SQLite sorts what it finds, so that none of its rows are to be used: others may come before them.
  case sorted
}
