extension SystemThread {
  /// Runs work that blocks on a thread of its own, off the cooperative pool, and waits for what comes of it.
  ///
  /// - Throws: what `body` throws, and `SystemError` where there is no thread to be had. A cancelled task waits on.
  nonisolated(nonsending) package static func result<Value: Sendable>(
    name: String, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      do {
        _ = try SystemThread(name: name) { continuation.resume(with: Result { try body() }) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }
}
