namespace Stork.Tests.EngineIO;

[KestrelSockets]
public sealed class AbuseOverKestrelSocketsTests : AbuseTests;
