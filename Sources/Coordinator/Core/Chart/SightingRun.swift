package import Model

/// A time in which every sighting said the same: known by its first and its last sighting alone.
package protocol SightingRun {
  var first: Timestamp { get set }
  var last: Timestamp { get set }
  func saysSame(as other: Self) -> Bool
  /// Which of two sightings of one time is kept.
  func saysMore(than other: Self) -> Bool
  /// Another that says the same became part of it: takes over what it knows besides its ends.
  mutating func takeIn(_ other: Self)
}

extension SightingRun {
  package mutating func takeIn(_ other: Self) {}
}

extension Array where Element: SightingRun {
  /// Puts one sighting into runs that are in the order of time.
  ///
  /// A late sighting that contradicts a run within its time parts it at what is known of it: its ends. Sightings between
  /// them are forgotten, so that after the contradiction it is told as resumed at its end, which may be later than it was.
  package mutating func place(_ sighting: Element) {
    let time = sighting.first
    let index = firstIndex { $0.first > time } ?? endIndex
    guard index > startIndex else {
      if index < endIndex, self[index].saysSame(as: sighting) {
        self[index].takeIn(sighting)
        self[index].first = time
      } else {
        insert(sighting, at: index)
      }
      return
    }
    let before = self[index - 1]
    if before.saysSame(as: sighting) {
      if time > before.last {
        var longer = sighting.since(before.first)
        longer.takeIn(before)
        self[index - 1] = longer
      } else {
        self[index - 1].takeIn(sighting)
      }
      // What lay between two runs of one kind may be gone: they are one then.
      join(at: index)
    } else if before.first == time || before.last == time {
      placeBeside(sighting, at: index)
    } else if time < before.last {
      var head = before
      head.last = before.first
      var tail = before
      tail.first = before.last
      replaceSubrange((index - 1)..<index, with: [head, sighting, tail])
    } else if index < endIndex, self[index].saysSame(as: sighting) {
      self[index].takeIn(sighting)
      self[index].first = time
    } else {
      insert(sighting, at: index)
    }
  }

  private mutating func join(at index: Int) {
    guard index < endIndex, index > startIndex, self[index - 1].saysSame(as: self[index]) else { return }
    var whole = self[index].since(self[index - 1].first)
    whole.takeIn(self[index - 1])
    self[index] = whole
    remove(at: index - 1)
  }

  /// Of equally old sightings the one that says more is kept.
  private mutating func placeBeside(_ sighting: Element, at index: Int) {
    let before = self[index - 1]
    guard sighting.saysMore(than: before) else { return }
    let time = sighting.first
    var parts: [Element] = []
    if before.first < time {
      var head = before
      head.last = before.first
      parts.append(head)
    }
    parts.append(sighting)
    if before.last > time {
      var tail = before
      tail.first = before.last
      parts.append(tail)
    }
    replaceSubrange((index - 1)..<index, with: parts)
    for place in stride(from: count - 1, to: 0, by: -1) { join(at: place) }
  }
}

extension SightingRun {
  fileprivate func since(_ time: Timestamp) -> Self {
    var run = self
    run.first = time
    return run
  }
}
