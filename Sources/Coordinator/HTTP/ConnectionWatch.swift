package import NIOCore
internal import Synchronization

/// Which connections are closed from the other side while their requests are held open.
///
/// Such a channel stays active: the server lets the other side close its half and still reads what it is answered. An agent
/// that closes has ended, or given its request up. To watch for it by reading would cost the connection after each answer.
package enum ConnectionWatch {
  private static let closed = Mutex<Set<ObjectIdentifier>>([])

  /// Whether the other side may still read an answer.
  static func isOpen(_ channel: any Channel) -> Bool {
    channel.isActive && !closed.withLock { $0.contains(ObjectIdentifier(channel)) }
  }

  /// Belongs into the pipeline of every connection.
  package final class Handler: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = NIOAny

    package init() {}

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case .inputClosed? = event as? ChannelEvent {
        _ = ConnectionWatch.closed.withLock { $0.insert(ObjectIdentifier(context.channel)) }
      }
      context.fireUserInboundEventTriggered(event)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
      // The next channel may lie at the same place in memory.
      _ = ConnectionWatch.closed.withLock { $0.remove(ObjectIdentifier(context.channel)) }
    }
  }
}
