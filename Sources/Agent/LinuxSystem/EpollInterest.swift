internal import CLinux
internal import Glibc

/// What a descriptor is watched for, and what came of it (epoll_ctl(2)).
package struct EpollInterest: OptionSet, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  private init(_ event: EPOLL_EVENTS) { self.init(rawValue: event.rawValue) }

  package static let readable = EpollInterest(EPOLLIN)
  package static let writable = EpollInterest(EPOLLOUT)

  /// Always watched for: an error is pending on the socket or in its error queue.
  package static let error = EpollInterest(EPOLLERR)

  /// Always watched for: both directions are shut, or the socket never was connected.
  package static let hangUp = EpollInterest(EPOLLHUP)

  /// Reports a change once instead of reporting the condition again and again.
  package static let edgeTriggered = EpollInterest(EPOLLET)
}
