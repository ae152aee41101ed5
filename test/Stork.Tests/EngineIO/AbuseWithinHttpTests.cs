namespace Stork.Tests.EngineIO;

[WithinHttp]
public sealed class AbuseWithinHttpTests : AbuseTests;
