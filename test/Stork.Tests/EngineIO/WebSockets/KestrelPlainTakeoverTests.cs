namespace Stork.Tests.EngineIO.WebSockets;

public sealed class KestrelPlainTakeoverTests() : KestrelUpgradeSpecification(tls: false, takesOver: true);
