extension ScanPace {
  /// - Throws: `ScanEngineError` with `invalidPace`, naming the number that is out of range.
  func validate() throws(ScanEngineError) {
    func require(_ isValid: Bool, _ message: String) throws(ScanEngineError) {
      guard isValid else { throw ScanEngineError(.invalidPace, message) }
    }
    try require(maxInFlight >= 1, "at least one connection must be allowed in flight")
    try require(maxInFlightPerHost >= 1, "at least one connection must be allowed in flight for a host")
    try require(maxInFlightPerNetwork >= 1, "at least one connection must be allowed in flight for a network")
    for rate in [probesPerSecond, probesPerSecondPerHost, probesPerSecondPerNetwork] {
      try require(rate.map { (1...1_000_000_000).contains($0) } ?? true, "a rate is at least 1 a second")
    }
    try require(spacing.map { $0 >= .zero && $0 <= .seconds(3600) } ?? true, "the spacing is at most an hour")
    try require((0...10).contains(retries), "retries are 0 to 10")
    try require(
      timeout > .zero && shortestTimeout > .zero && timeout <= .seconds(3600) && longestTimeout <= .seconds(3600),
      "timeouts are above zero and at most an hour")
    try require(hostTimeout.map { $0 > .zero } ?? true, "the time for a host is above zero")
    try require(everythingOpenLimit.map { $0 >= 16 } ?? true, "the limit of open ports is at least 16")
  }
}
