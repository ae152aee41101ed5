namespace Stork.Tests.EngineIO;

[WithinHttp]
public sealed class FuzzWithinHttpTests : FuzzTests;
