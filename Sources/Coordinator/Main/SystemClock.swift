internal import CoordinatorCore
internal import Glibc
internal import Model

/// The machine's wall clock (clock_gettime(2), CLOCK_REALTIME).
struct SystemClock: WallClock {
  var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
