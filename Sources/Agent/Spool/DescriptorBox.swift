internal import LinuxSystem

/// A descriptor where only what can be copied fits.
final class DescriptorBox {
  private let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  var number: Int32 { descriptor.number }
}
