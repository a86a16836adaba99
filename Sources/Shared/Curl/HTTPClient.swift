internal import CCurl

/// An HTTP client on libcurl: any number of requests at once on one thread of its own.
///
/// Redirects are not followed, proxies are not used, cookies are not kept. Connections stay open between requests.
/// Create the first client before the process has other threads: libcurl's set-up wants that (curl_global_init(3)).
package final class HTTPClient: Sendable {
  private let loop: TransferLoop

  /// The name of libcurl's binary interface since 2006; loaded here, because commands without HTTP start faster without it.
  private static let library = "libcurl.so.4"

  /// - Throws: `HTTPError` where libcurl is not there or cannot start, or the thread cannot.
  package init(_ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) throws(HTTPError) {
    try Self.load(Self.library)
    loop = try TransferLoop(configuration)
  }

  /// Once a process, whatever the number of clients.
  static func load(_ library: String) throws(HTTPError) {
    guard let failure = periplus_curl_load(library) else { return }
    throw HTTPError(code: .other, message: String(cString: failure))
  }

  deinit { loop.stop(waiting: false) }

  /// Sends `request` and waits for the whole answer; cancelling the task ends the transfer. Runs on the caller's executor,
  /// so that a caller with a thread of its own is never kept waiting by others.
  ///
  /// - Parameter request: what to send.
  /// - Returns: the answer, whatever its status.
  /// - Throws: `HTTPError`; `cancelled` for a cancelled task and after `shutdown`.
  nonisolated(nonsending) package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    let ticket = TransferTicket()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation {
        loop.submit(TransferLoop.Job(request: request, ticket: ticket, continuation: $0))
      }
    } onCancel: {
      ticket.cancel()
      loop.wake()
    }
    return try result.get()
  }

  /// Ends what is under way with `cancelled`, refuses what comes later, and joins the thread. Blocks for that moment.
  package func shutdown() { loop.stop(waiting: true) }
}
