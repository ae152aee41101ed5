namespace Stork.Tests.EngineIO;

[WithinHttp]
public sealed class DeflateAbuseWithinHttpTests : DeflateAbuseTests;
