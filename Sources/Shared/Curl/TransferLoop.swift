internal import CCurl
internal import Glibc
internal import Synchronization

/// The thread that runs all transfers of a client: libcurl's handles never leave it.
///
/// Requests enter through `incoming` and a wakeup; each continuation is resumed exactly once, by this thread, or by
/// `submit` once the loop has stopped.
final class TransferLoop: Sendable {
  typealias Answer = Result<HTTPResponse, HTTPError>

  struct Job: Sendable {
    let request: HTTPRequest
    let ticket: TransferTicket
    let continuation: CheckedContinuation<Answer, Never>
  }

  /// The multi handle. Only `curl_multi_wakeup` is called from other threads, which libcurl allows
  /// (curl_multi_wakeup(3)), and only under the lock of `state` while the handle lives: that is what makes it sendable.
  private struct Multi: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer
  }

  private struct State: Sendable {
    var incoming: [Job] = []
    var isStopping = false
    /// Nil once somebody has taken on to join or detach it.
    var thread: pthread_t?
  }

  private let multi: Multi
  private let configuration: HTTPClientConfiguration
  private let state = Mutex(State())

  private static let stopped = HTTPError(code: .cancelled, message: "the HTTP client has shut down")
  private static let cancelled = HTTPError(code: .cancelled, message: "the request was cancelled")

  init(_ configuration: HTTPClientConfiguration) throws(HTTPError) {
    guard let handle = periplus_curl_multi_init() else { throw HTTPError(CURLE_OUT_OF_MEMORY, detail: "") }
    multi = Multi(handle: handle)
    self.configuration = configuration
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      periplus_curl_multi_cleanup(handle)
      throw HTTPError(code: .other, message: "cannot start the HTTP thread: \(String(cString: strerror(code)))")
    }
    state.withLock { $0.thread = thread }
  }

  func submit(_ job: Job) {
    let isAccepted = state.withLock { state in
      if state.isStopping { return false }
      state.incoming.append(job)
      periplus_curl_multi_wakeup(multi.handle)
      return true
    }
    if !isAccepted { job.continuation.resume(returning: .failure(Self.stopped)) }
  }

  func wake() {
    state.withLock { if !$0.isStopping { periplus_curl_multi_wakeup(multi.handle) } }
  }

  /// Ends the loop; the second call does nothing.
  func stop(waiting: Bool) {
    let thread = state.withLock { state in
      // Once stopping, the thread may free the handle at any moment: this is the last wakeup.
      if !state.isStopping { periplus_curl_multi_wakeup(multi.handle) }
      state.isStopping = true
      defer { state.thread = nil }
      return state.thread
    }
    guard let thread else { return }
    if waiting { pthread_join(thread, nil) } else { pthread_detach(thread) }
  }

  // MARK: The thread

  private func run() {
    periplus_curl_name_thread("periplus-http")
    var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    while true {
      let (jobs, isStopping) = state.withLock { state in
        defer { state.incoming = [] }
        return (state.incoming, state.isStopping)
      }
      if isStopping {
        for job in jobs { job.continuation.resume(returning: .failure(Self.stopped)) }
        break
      }
      for job in jobs { start(job, in: &transfers) }
      for (handle, transfer) in transfers where transfer.job.ticket.isCancelled {
        finish(handle, in: &transfers, with: .failure(Self.cancelled))
      }
      var running: Int32 = 0
      periplus_curl_multi_perform(multi.handle, &running)
      collect(&transfers)
      // libcurl shortens the wait to its own timers; a wakeup ends it.
      periplus_curl_multi_poll(multi.handle, 60_000)
    }
    for handle in Array(transfers.keys) { finish(handle, in: &transfers, with: .failure(Self.stopped)) }
    periplus_curl_multi_cleanup(multi.handle)
  }

  private func start(_ job: Job, in transfers: inout [UnsafeMutableRawPointer: Transfer]) {
    do throws(HTTPError) {
      let transfer = try Transfer(job, configuration)
      let code = periplus_curl_multi_add_handle(multi.handle, transfer.handle)
      guard code == CURLM_OK else {
        throw HTTPError(code: .other, message: String(cString: periplus_curl_multi_strerror(code)))
      }
      transfers[transfer.handle] = transfer
    } catch {
      job.continuation.resume(returning: .failure(error))
    }
  }

  private func collect(_ transfers: inout [UnsafeMutableRawPointer: Transfer]) {
    var left: Int32 = 0
    while let message = periplus_curl_multi_info_read(multi.handle, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
      // Read before the handle is removed: that frees the message.
      let result = message.pointee.data.result
      if let transfer = transfers[handle] { finish(handle, in: &transfers, with: transfer.answer(result)) }
    }
  }

  private func finish(
    _ handle: UnsafeMutableRawPointer, in transfers: inout [UnsafeMutableRawPointer: Transfer], with answer: Answer
  ) {
    guard let transfer = transfers.removeValue(forKey: handle) else { return }
    periplus_curl_multi_remove_handle(multi.handle, handle)
    transfer.job.continuation.resume(returning: answer)
  }
}
