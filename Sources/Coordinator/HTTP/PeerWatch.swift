package import NIOCore
internal import Synchronization

/// Notices that whoever waits for an answer has ended its side of the connection.
///
/// Connections may be closed by one side alone (RFC 9112, 9.6), so that the channel stays active when a client was killed, and
/// nothing reads while a request is under way. Belongs into the pipeline of a connection; event loop only.
package final class PeerWatch: ChannelDuplexHandler, RemovableChannelHandler {
  package typealias InboundIn = NIOAny
  package typealias OutboundIn = NIOAny

  /// Sent outwards through the channel by a request that wants to know.
  final class End: Sendable {
    private let flag = Atomic(false)

    var hasCome: Bool { flag.load(ordering: .acquiring) }

    fileprivate func come() { flag.store(true, ordering: .releasing) }
  }

  private var watched: End?
  private var hasEnded = false

  package init() {}

  package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event as? ChannelEvent == .inputClosed {
      hasEnded = true
      watched?.come()
    }
    context.fireUserInboundEventTriggered(event)
  }

  package func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    guard let end = event as? End else {
      context.triggerUserOutboundEvent(event, promise: promise)
      return
    }
    // A connection serves one request at a time: the one before has been answered.
    watched = end
    if hasEnded { end.come() }
    promise?.succeed()
  }
}
