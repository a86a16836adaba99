/// Something that was told of and can be over.
package struct FollowedSubject: Hashable, Sendable {
  package var subject: String
  package var kind: NoticeKind

  package init(subject: String, kind: NoticeKind) {
    self.subject = subject
    self.kind = kind
  }
}
