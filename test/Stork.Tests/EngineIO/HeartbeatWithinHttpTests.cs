namespace Stork.Tests.EngineIO;

[WithinHttp]
public sealed class HeartbeatWithinHttpTests : HeartbeatTests;
