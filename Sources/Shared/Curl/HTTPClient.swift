internal import CCurl
internal import Glibc
internal import Synchronization

/// An HTTP client on libcurl: one thread runs every transfer, keeps connections alive, and is the only one that touches
/// libcurl's handles. Redirects are not followed and proxies not used.
package final class HTTPClient: Sendable {
  private enum Command {
    case start(Transfer)
    case cancel(UInt64)
    case stop
  }

  private struct Inbox {
    var commands: [Command] = []
    var nextID: UInt64 = 0
    var isStopped = false
  }

  /// The multi handle; curl_multi_wakeup(3) may be called from any thread, everything else from the client's alone.
  private struct Multi: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer
  }

  private let configuration: HTTPClientConfiguration
  private let inbox = Mutex(Inbox())
  private let multi: Multi

  /// Must run before any thread uses libcurl (curl_global_init(3)); a static of Swift is made once.
  private static let globalResult = curl_global_init(Int(CURL_GLOBAL_ALL))

  /// Throws `failed` if libcurl or a thread cannot be had.
  package init(configuration: HTTPClientConfiguration) throws(HTTPClientError) {
    guard Self.globalResult == CURLE_OK, let handle = curl_multi_init() else {
      throw HTTPClientError(.failed, "libcurl could not start")
    }
    self.configuration = configuration
    multi = Multi(handle: handle)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = pthread_create(&thread, nil, { context in
      guard let context else { return nil }
      Unmanaged<HTTPClient>.fromOpaque(context).takeRetainedValue().work()
      return nil
    }, context)
    guard code == 0 else {
      Unmanaged<HTTPClient>.fromOpaque(context).release()
      throw HTTPClientError(.failed, "no thread for HTTP: \(String(cString: strerror(code)))")
    }
    pthread_detach(thread)
  }

  /// Sends the request and returns the whole answer, whatever its status.
  ///
  /// Does not block the caller's thread. Throws an `HTTPClientError`; `cancelled` when the task is cancelled or the client
  /// stopped. Runs on the caller's executor, so that a caller with a thread of its own is never kept waiting by others.
  nonisolated(nonsending) package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    let id = inbox.withLock { inbox in
      inbox.nextID += 1
      return inbox.nextID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let transfer = Transfer(id: id, request: request, continuation: continuation)
        let isStopped = inbox.withLock { inbox in
          if !inbox.isStopped { inbox.commands.append(.start(transfer)) }
          return inbox.isStopped
        }
        if isStopped {
          transfer.resume(with: .failure(HTTPClientError(.cancelled, "the client has stopped")))
        } else {
          // A cancellation that came before the start was queued found nothing to cancel.
          if Task.isCancelled { post(.cancel(id)) }
          curl_multi_wakeup(multi.handle)
        }
      }
    } onCancel: {
      post(.cancel(id))
    }
  }

  /// Ends every transfer with `cancelled` and the thread with them. The client cannot be used again.
  package func stop() { post(.stop) }

  private func post(_ command: Command) {
    inbox.withLock { inbox in
      if case .stop = command { inbox.isStopped = true }
      inbox.commands.append(command)
    }
    curl_multi_wakeup(multi.handle)
  }

  /// The thread's life.
  private func work() {
    periplus_name_this_thread("periplus-http")
    var transfers: [UInt64: (transfer: Transfer, easy: UnsafeMutableRawPointer)] = [:]
    func end(_ id: UInt64, with code: CURLcode?) {
      guard let (transfer, easy) = transfers.removeValue(forKey: id) else { return }
      curl_multi_remove_handle(multi.handle, easy)
      if let code {
        transfer.finish(code)
      } else {
        transfer.resume(with: .failure(HTTPClientError(.cancelled, "the request was cancelled")))
      }
      transfer.release()
    }
    var isStopping = false
    while !isStopping {
      let commands = inbox.withLock { inbox in
        defer { inbox.commands = [] }
        return inbox.commands
      }
      for command in commands {
        switch command {
        case .start(let transfer):
          if let easy = start(transfer) { transfers[transfer.id] = (transfer, easy) }
        case .cancel(let id): end(id, with: nil)
        case .stop: isStopping = true
        }
      }
      var running: Int32 = 0
      curl_multi_perform(multi.handle, &running)
      var waiting: Int32 = 0
      while let message = curl_multi_info_read(multi.handle, &waiting) {
        guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
        let code = periplus_curl_message_result(message)
        var context: UnsafeMutableRawPointer?
        _ = periplus_curl_get_pointer(easy, CURLINFO_PRIVATE, &context)
        if let transfer = Transfer.from(context) { end(transfer.id, with: code) }
      }
      if !isStopping { curl_multi_poll(multi.handle, nil, 0, 10_000, nil) }
    }
    for id in Array(transfers.keys) { end(id, with: nil) }
    curl_multi_cleanup(multi.handle)
  }

  private func start(_ transfer: Transfer) -> UnsafeMutableRawPointer? {
    do throws(HTTPClientError) {
      let easy = try transfer.prepare(configuration)
      guard curl_multi_add_handle(multi.handle, easy) == CURLM_OK else {
        throw HTTPClientError(.failed, "libcurl took no further transfer")
      }
      return easy
    } catch {
      transfer.resume(with: .failure(error))
      transfer.release()
      return nil
    }
  }
}
