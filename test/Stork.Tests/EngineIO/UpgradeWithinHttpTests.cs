namespace Stork.Tests.EngineIO;

[WithinHttp]
public sealed class UpgradeWithinHttpTests : UpgradeTests;
