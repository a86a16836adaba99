/// What `sockets` was asked to show: states and an expression.
package struct SocketFilter: Hashable, Sendable {
  /// Nil where no state was named, and the command's own choice stands.
  package var states: Set<SocketState>?

  /// Nil for every socket.
  package var expression: FilterExpression?

  package init(states: Set<SocketState>? = nil, expression: FilterExpression? = nil) {
    self.states = states
    self.expression = expression
  }

  package func judge(_ subject: some FilterSubject) -> Truth {
    if let states, !states.contains(subject.state) { return .no }
    return expression?.judge(subject) ?? .yes
  }

  package func matches(_ subject: some FilterSubject) -> Bool { judge(subject) == .yes }

  package var needs: FilterNeeds { expression?.needs ?? [] }
}
