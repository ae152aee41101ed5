namespace Stork.Tests.WebSockets;

public sealed class KestrelTlsTests() : KestrelUpgradeSpecification(tls: true);
