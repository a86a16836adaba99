internal import CCurl

/// An HTTP client on libcurl: any number of requests at once on one thread of its own.
///
/// Redirects are not followed, proxies are not used, cookies are not kept. Connections stay open between requests.
/// Create the first client before the process has other threads: libcurl's set-up wants that (curl_global_init(3)).
package final class HTTPClient: Sendable {
  private let loop: TransferLoop

  /// Once a process, whatever the number of clients.
  private static let globalSetup: CURLcode = curl_global_init(Int(CURL_GLOBAL_ALL))

  /// - Throws: `HTTPError` where libcurl or the thread cannot start.
  package init(_ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) throws(HTTPError) {
    guard Self.globalSetup == CURLE_OK else { throw HTTPError(Self.globalSetup, detail: "") }
    loop = try TransferLoop(configuration)
  }

  deinit { loop.stop(waiting: false) }

  /// Sends `request` and waits for the whole answer; cancelling the task ends the transfer.
  ///
  /// - Parameter request: what to send.
  /// - Returns: the answer, whatever its status.
  /// - Throws: `HTTPError`; `cancelled` for a cancelled task and after `shutdown`.
  package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
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
