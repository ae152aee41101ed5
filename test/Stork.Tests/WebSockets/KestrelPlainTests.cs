namespace Stork.Tests.WebSockets;

public sealed class KestrelPlainTests() : KestrelUpgradeSpecification(tls: false);
