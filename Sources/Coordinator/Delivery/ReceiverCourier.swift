package import CoordinatorCore
internal import CoordinatorTrust
package import Curl
internal import FoundationEssentials
package import Model

/// Carries messages by every way there is, to where the policy permits.
package struct ReceiverCourier: Courier {
  /// Addresses of a host's name; empty: it has none. Does not block the caller's thread.
  package typealias Resolver = @Sendable (String) async -> [IPAddress]

  private let policy: DeliveryPolicy
  private let http: HTTPClient
  private let resolve: Resolver
  private let own: @Sendable () -> Set<IPAddress>
  private let now: @Sendable () -> Timestamp

  /// For a whole attempt.
  private static let timeout = Duration.seconds(15)
  private static let answerLimit = 64 << 10
  /// The longest that a receiver's own word keeps it waiting.
  private static let longestRetryAfter: UInt32 = 86_400

  /// `own` are the addresses of this machine's interfaces.
  package init(
    policy: DeliveryPolicy, http: HTTPClient, resolve: @escaping Resolver,
    own: @escaping @Sendable () -> Set<IPAddress> = OwnAddresses().current,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.policy = policy
    self.http = http
    self.resolve = resolve
    self.own = own
    self.now = now
  }

  package func check(_ receiver: ReceiverRecord) throws {
    if let url = destination(of: receiver), !policy.permits(name: url.host, own: own()) {
      throw Refusal(
        .forbidden, "the coordinator's configuration does not permit deliveries to \(url.host)", at: "/url")
    }
    if let command = receiver.settings.command, !policy.commands.contains(command) {
      throw Refusal(
        .forbidden, "the coordinator's configuration does not list the command \(command)", at: "/command")
    }
  }

  package func deliver(_ message: AlertMessage, to receiver: ReceiverRecord) async -> DeliveryOutcome {
    let outcome: DeliveryOutcome
    do {
      outcome = try await attempt(message, receiver)
    } catch let refusal as Refusal {
      outcome = .refused(refusal.message)
    } catch {
      outcome = .failed("the message cannot be written: \(error)", retryAfter: nil, isDown: false)
    }
    return outcome.withoutSecrets(of: receiver)
  }

  package func resend(_ alerts: [AlertmanagerAlert], to receiver: ReceiverRecord) async -> DeliveryOutcome {
    do {
      return try await alertmanager(alerts, receiver).withoutSecrets(of: receiver)
    } catch {
      return .failed("the alerts cannot be sent", retryAfter: nil, isDown: false)
    }
  }

  private func attempt(_ message: AlertMessage, _ receiver: ReceiverRecord) async throws -> DeliveryOutcome {
    // The configuration may have changed since the receiver was made.
    try check(receiver)
    switch receiver.kind {
    case .webhook: return try await webhook(message, receiver)
    case .slack: return try await post(Payloads.slack(message), to: receiver)
    case .teams: return try await post(Payloads.teams(message), to: receiver)
    case .alertmanager:
      return try await alertmanager(message.entries.map { AlertmanagerAlert($0, of: message, at: now()) }, receiver)
    case .email: return await mail(message, receiver)
    case .syslog: return LocalLog.send(LocalLog.syslog(message), to: policy.syslogSocket)
    case .journal: return LocalLog.send(LocalLog.journal(message), to: policy.journalSocket)
    case .command:
      let command = receiver.settings.command ?? ""
      if let fault = DeliveryPolicyFile.fault(of: command) { return .refused("\(command): \(fault)") }
      return await CommandRun.run(command, message)
    }
  }

  // HTTP.

  private func webhook(_ message: AlertMessage, _ receiver: ReceiverRecord) async throws -> DeliveryOutcome {
    let body = try Payloads.webhook(message)
    let seconds = now().milliseconds / 1_000
    let signatures = (receiver.secrets.signing ?? []).compactMap(WebhookSecret.init).map {
      $0.signature(id: message.id, timestamp: seconds, body: body)
    }
    return try await post(
      body, to: receiver,
      fields: [
        ("webhook-id", message.id), ("webhook-timestamp", String(seconds)),
        ("webhook-signature", signatures.joined(separator: " ")),
      ])
  }

  private func alertmanager(
    _ alerts: [AlertmanagerAlert], _ receiver: ReceiverRecord
  ) async throws -> DeliveryOutcome {
    try await post(try Payloads.alertmanager(alerts), to: receiver, below: "/api/v2/alerts")
  }

  private func destination(of receiver: ReceiverRecord) -> DestinationURL? {
    receiver.secrets.url.flatMap { DestinationURL($0, schemes: ["http", "https", "smtp", "smtps"]) }
  }

  private func post(
    _ body: [UInt8], to receiver: ReceiverRecord, fields: [(name: String, value: String)] = [], below path: String = ""
  ) async throws -> DeliveryOutcome {
    guard let url = destination(of: receiver) else { return .refused("the receiver's URL cannot be read") }
    let pinned: [IPAddress]
    switch await addresses(of: url) {
    case .success(let found): pinned = found
    case .failure(let outcome): return outcome.outcome
    }
    var headers = fields + [("Content-Type", "application/json")]
    if let token = receiver.secrets.token { headers.append(("Authorization", "Bearer \(token)")) }
    if let user = receiver.settings.user, let password = receiver.secrets.password, receiver.secrets.token == nil {
      headers.append(("Authorization", "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()))
    }
    let target = path.isEmpty ? url.text : (url.text.hasSuffix("/") ? String(url.text.dropLast()) : url.text) + path
    var request = HTTPRequest(
      method: "POST", url: target, headers: headers, body: body, timeout: Self.timeout,
      maximumResponseBytes: Self.answerLimit)
    request.pin = HostPin(host: url.host, port: url.port, addresses: pinned.map(\.description))
    do throws(HTTPError) {
      return Self.outcome(try await http.send(request))
    } catch {
      return Self.outcome(error)
    }
  }

  /// The addresses of a URL's host that may be spoken to; the connection is made to one of them and to nothing else.
  private func addresses(of url: DestinationURL) async -> Result<[IPAddress], Failure> {
    let own = own()
    if let address = url.address {
      return policy.permits(address, of: url.host, own: own)
        ? .success([address]) : .failure(Failure(outcome: .refused(Self.forbidden(url.host))))
    }
    let found = await resolve(url.host)
    guard !found.isEmpty else {
      return .failure(
        Failure(outcome: .failed("the name \(url.host) does not resolve", retryAfter: nil, isDown: true)))
    }
    let permitted = found.filter { policy.permits($0, of: url.host, own: own) }
    // Names move, and are answered wrongly for a moment: tried again as what does not answer is.
    return permitted.isEmpty
      ? .failure(Failure(outcome: .failed(Self.forbidden(url.host), retryAfter: nil, isDown: true)))
      : .success(permitted)
  }

  private struct Failure: Error {
    let outcome: DeliveryOutcome
  }

  private static func forbidden(_ host: String) -> String {
    "\(host) is at an address that the coordinator's configuration does not permit"
  }

  private static func outcome(_ response: HTTPResponse) -> DeliveryOutcome {
    let status = response.status
    switch status {
    case 200..<300: return .delivered
    case 300..<400:
      let place = response.headers["location"].flatMap { DestinationURL($0, schemes: ["http", "https"])?.origin }
      return .failed(
        "it answers \(status), a redirect\(place.map { " to \($0)" } ?? ""), which is not followed", retryAfter: nil,
        isDown: true)
    default:
      let seconds = response.headers["retry-after"].flatMap { UInt32($0) }.map { min($0, longestRetryAfter) }
      // What is wrong with one message may be right with the next.
      let isOfMessage = [400, 409, 413, 422].contains(status)
      return .failed(
        "it answers \(status)", retryAfter: [429, 503].contains(status) ? seconds.map { .seconds($0) } : nil,
        isDown: !isOfMessage)
    }
  }

  private static func outcome(_ error: HTTPError) -> DeliveryOutcome {
    .failed(error.message, retryAfter: nil, isDown: true)
  }

  // Mail.

  private func mail(_ message: AlertMessage, _ receiver: ReceiverRecord) async -> DeliveryOutcome {
    guard let url = destination(of: receiver), let from = receiver.settings.from, let to = receiver.settings.to else {
      return .refused("the receiver's settings cannot be read")
    }
    let pinned: [IPAddress]
    switch await addresses(of: url) {
    case .success(let found): pinned = found
    case .failure(let failure): return failure.outcome
    }
    let request = MailRequest(
      url: url.origin, pin: HostPin(host: url.host, port: url.port, addresses: pinned.map(\.description)), from: from,
      to: to, user: receiver.settings.user, password: receiver.secrets.password,
      demandsTLS: !policy.permitsPlainMail || receiver.secrets.password != nil,
      content: MailText.octets(message, from: from, to: to), timeout: Self.timeout)
    do throws(HTTPError) {
      try await http.send(request)
      return .delivered
    } catch {
      return Self.outcome(error)
    }
  }
}

extension DeliveryOutcome {
  fileprivate func withoutSecrets(of receiver: ReceiverRecord) -> DeliveryOutcome {
    switch self {
    case .delivered: self
    case .failed(let reason, let time, let isDown):
      .failed(receiver.secrets.removed(from: reason), retryAfter: time, isDown: isDown)
    case .refused(let reason): .refused(receiver.secrets.removed(from: reason))
    }
  }
}
