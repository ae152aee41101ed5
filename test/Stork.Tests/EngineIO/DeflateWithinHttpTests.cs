namespace Stork.Tests.EngineIO;

[WithinHttp]
public sealed class DeflateWithinHttpTests : DeflateTests;
