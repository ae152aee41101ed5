namespace Stork.Tests.EngineIO.WebSockets;

public sealed class KestrelTlsTests() : KestrelUpgradeSpecification(tls: true, takesOver: false);
