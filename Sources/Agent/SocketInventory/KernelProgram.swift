internal import CLinux

/// A filter as the kernel reads it: instructions of which each goes on behind itself (`yes`, which must be its length) or
/// jumps forward (`no`). A socket passes where the end is reached exactly, and fails four bytes behind it.
struct KernelProgram {
  private struct Instruction {
    let code: Int
    let argument: [UInt8]
    let label: Int

    var length: Int { 4 + argument.count }
  }

  private var instructions: [Instruction] = []

  /// The index of the instruction before which each label stands; labels are numbers handed out in turn.
  private var places: [Int] = [0]

  /// The label behind the end, where failing jumps to.
  private static let failure = 0

  init(_ expression: KernelExpression) {
    append(expression, onFailure: Self.failure)
  }

  /// The program; nil where a jump is too far for its 16 bits.
  var bytes: [UInt8]? {
    var offsets = [0]
    for instruction in instructions { offsets.append(offsets[offsets.count - 1] + instruction.length) }
    let end = offsets[instructions.count]
    var bytes: [UInt8] = []
    for (index, instruction) in instructions.enumerated() {
      let target = instruction.label == Self.failure ? end + 4 : offsets[places[instruction.label]]
      guard let distance = UInt16(exactly: target - offsets[index]) else { return nil }
      let head = inet_diag_bc_op(
        code: UInt8(instruction.code), yes: UInt8(instruction.code == Int(INET_DIAG_BC_JMP) ? 4 : instruction.length),
        no: distance)
      bytes += withUnsafeBytes(of: head) { Array($0) } + instruction.argument
    }
    return bytes
  }

  /// Appends code that goes on behind itself where `expression` holds and jumps to a label where not.
  private mutating func append(_ expression: KernelExpression, onFailure label: Int) {
    switch expression {
    case .always: break
    case .never: jump(to: label)
    case .test(let test):
      instructions.append(Instruction(code: test.code, argument: test.argument, label: label))
    case .all(let operands):
      for operand in operands { append(operand, onFailure: label) }
    case .any(let operands):
      let done = newLabel()
      for operand in operands.dropLast() {
        let next = newLabel()
        append(operand, onFailure: next)
        jump(to: done)
        places[next] = instructions.count
      }
      if let last = operands.last { append(last, onFailure: label) }
      places[done] = instructions.count
    case .not(let operand):
      let isFalse = newLabel()
      append(operand, onFailure: isFalse)
      jump(to: label)
      places[isFalse] = instructions.count
    }
  }

  private mutating func jump(to label: Int) {
    instructions.append(Instruction(code: Int(INET_DIAG_BC_JMP), argument: [], label: label))
  }

  private mutating func newLabel() -> Int {
    places.append(0)
    return places.count - 1
  }
}
