extension ScanPace {
  /// - Throws: `ScanEngineError` with `invalidPace`, naming the number that is out of range.
  func validate() throws(ScanEngineError) {
    func require(_ isValid: Bool, _ message: String) throws(ScanEngineError) {
      guard isValid else { throw ScanEngineError(.invalidPace, message) }
    }
    try require(maxInFlight >= 1, "at least one connection must be allowed in flight")
    try require(maxInFlightPerHost >= 1, "at least one connection must be allowed in flight for a host")
    try require(probesPerSecond.map { (1...1_000_000_000).contains($0) } ?? true, "a rate is at least 1 a second")
    try require((0...10).contains(retries), "retries are 0 to 10")
    try require(
      timeout > .zero && shortestTimeout > .zero && timeout <= .seconds(3600) && longestTimeout <= .seconds(3600),
      "timeouts are above zero and at most an hour")
  }
}
