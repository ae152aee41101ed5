namespace Stork.Tests.EngineIO;

[KestrelSockets]
public sealed class UpgradeOverKestrelSocketsTests : UpgradeTests;
