namespace Stork.Tests.EngineIO.WebSockets;

public sealed class KestrelPlainTests() : KestrelUpgradeSpecification(tls: false, takesOver: false);
