namespace Stork.Tests.EngineIO;

[KestrelSockets]
public sealed class HeartbeatOverKestrelSocketsTests : HeartbeatTests;
