internal import CoordinatorCore
internal import Listing
internal import Model

/// Messages as chat services take them. What strangers have named (processes, services) is never read as markup.
enum Payloads {
  /// Lines that a chat message lists.
  private static let lineLimit = 15

  /// Lines for people, safe on a terminal and in a line of a log.
  static func lines(_ message: AlertMessage, limit: Int = lineLimit) -> [String] {
    var lines = message.entries.prefix(limit).map { PrintableText.escaped($0.text) }
    let more = message.count - lines.count
    if more > 0 { lines.append("and \(more) more") }
    return lines
  }

  static func title(_ message: AlertMessage) -> String {
    PrintableText.escaped("[\(message.severity.rawValue)] \(message.alert): \(message.title)")
  }

  private struct WebhookBody: Encodable {
    let type: String
    let timestamp: Timestamp
    let data: AlertMessage
  }

  /// The form that Standard Webhooks advises: type, timestamp, data.
  static func webhook(_ message: AlertMessage) throws -> [UInt8] {
    try JSONValue.octets(
      of: WebhookBody(
        type: message.isTest ? "alert.test" : "alert.matched", timestamp: message.createdAt, data: message))
  }

  /// Block Kit; plain text alone, in which nothing is markup (docs.slack.dev/reference/block-kit/composition-objects/text-object).
  static func slack(_ message: AlertMessage) throws -> [UInt8] {
    func plain(_ text: String, _ limit: Int) -> JSONValue {
      ["type": "plain_text", "emoji": false, "text": .text(String(text.prefix(limit)))]
    }
    let title = title(message)
    let context = "\(message.id) · \(message.createdAt)"
    return try JSONValue.octets(
      of: [
        // What notifications show; here markup is read, so that its three characters are escaped.
        "text": .text(slackEscaped(String(title.prefix(300)))),
        "blocks": [
          ["type": "header", "text": plain(title, 150)],
          ["type": "section", "text": plain(lines(message).joined(separator: "\n"), 3_000)],
          ["type": "context", "elements": [plain(context, 300)]],
        ],
      ] as JSONValue)
  }

  private static func slackEscaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  /// An Adaptive Card, which is all that Workflows takes. Text runs are no Markdown; text blocks would be.
  static func teams(_ message: AlertMessage) throws -> [UInt8] {
    func paragraph(_ text: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
      var run: [String: JSONValue] = ["type": "TextRun", "text": .text(text)]
      run.merge(more) { first, _ in first }
      return ["type": "RichTextBlock", "inlines": [.object(run)]]
    }
    let colours: [AlertRule.Severity: JSONValue] = [.info: "accent", .warning: "warning", .critical: "attention"]
    var body = [
      paragraph(
        title(message), ["weight": "bolder", "size": "medium", "color": colours[message.severity] ?? "default"])
    ]
    body += lines(message).map { paragraph($0) }
    body.append(paragraph("\(message.id) · \(message.createdAt)", ["isSubtle": true, "size": "small"]))
    return try JSONValue.octets(
      of: [
        "type": "message",
        "attachments": [
          [
            "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": .null,
            "content": [
              "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard",
              "version": "1.4", "body": .list(body),
            ],
          ]
        ],
      ] as JSONValue)
  }

  static func alertmanager(_ alerts: [AlertmanagerAlert]) throws -> [UInt8] { try JSONValue.octets(of: alerts) }
}
