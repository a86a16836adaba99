internal import NIOCore

/// Whoever waits for the answers of a connection.
protocol ResponseTaker {
  func take(_ response: Response)
  func connectionEnded()
}

/// Cuts what a connection receives into responses: heads with a Content-Length, as the coordinator sends them.
final class ResponseReader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let agent: any ResponseTaker
  private var received = ByteBuffer()

  init(agent: any ResponseTaker) { self.agent = agent }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var part = unwrapInboundIn(data)
    received.writeBuffer(&part)
    while let response = next() { agent.take(response) }
    if received.readableBytes == 0 { received.clear() }
  }

  func channelInactive(context: ChannelHandlerContext) { agent.connectionEnded() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func next() -> Response? {
    let view = received.readableBytesView
    guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: view[..<end.lowerBound], as: UTF8.self)
    let lines = head.split(separator: "\r\n")
    var length = 0
    var retryAfter: Int?
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let name = parts[0].lowercased()
      if name == "content-length" { length = Int(parts[1].drop { $0 == " " }) ?? 0 }
      if name == "retry-after" { retryAfter = Int(parts[1].drop { $0 == " " }) }
    }
    let headLength = view.distance(from: view.startIndex, to: end.upperBound)
    guard view.count >= headLength + length else { return nil }
    received.moveReaderIndex(forwardBy: headLength)
    let body = received.readString(length: length) ?? ""
    let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return Response(status: status, retryAfter: retryAfter, body: body)
  }
}

struct Response {
  let status: Int
  /// Seconds.
  let retryAfter: Int?
  let body: String
}
