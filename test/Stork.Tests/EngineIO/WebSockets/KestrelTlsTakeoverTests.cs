namespace Stork.Tests.EngineIO.WebSockets;

public sealed class KestrelTlsTakeoverTests() : KestrelUpgradeSpecification(tls: true, takesOver: true);
