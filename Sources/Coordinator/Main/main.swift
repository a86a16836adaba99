import ArgumentParser
import Hummingbird
import HummingbirdTLS
import ServiceLifecycle
print("x")
