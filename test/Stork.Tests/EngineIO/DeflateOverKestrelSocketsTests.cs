namespace Stork.Tests.EngineIO;

[KestrelSockets]
public sealed class DeflateOverKestrelSocketsTests : DeflateTests;
